<?php
// SPDX-License-Identifier: MIT
// The program `peer` of adapters/scenarios/README.md, in PHP: one side of one scenario.

declare(strict_types=1);

require 'zinc.php';

use Zinc\SharedRegion;

const PATIENCE_MS = 10000;

function expect(mixed $as_stated, string $what): void
{
    if (!$as_stated) {
        fwrite(STDERR, "peer (PHP): $what\n");
        exit(1);
    }
}

function say(string $line): void
{
    fwrite(STDOUT, "$line\n"); // unbuffered: the other side is started, or killed, by this
}

/** Which file is mapped at an address, and where in it: device, inode, offset. */
function mapping(int $address): array
{
    foreach (file('/proc/self/maps') as $line) {
        [$span, , $offset, $device, $inode] = preg_split('/\s+/', $line);
        [$first, $last] = array_map('hexdec', explode('-', $span));
        if ($address >= $first && $address < $last) {
            [$major, $minor] = array_map('hexdec', explode(':', $device));
            return [$major << 32 | $minor, (int) $inode, hexdec($offset) + $address - $first];
        }
    }
    return [0, 0, 0];
}

/** The physical frame that holds an address, or 0 where that is not shown to us. */
function frame(int $address): int
{
    $pages = @fopen('/proc/self/pagemap', 'rb');
    if ($pages === false) {
        return 0;
    }
    stream_set_read_buffer($pages, 0);
    fseek($pages, intdiv($address, 4096) * 8);
    $entry = fread($pages, 8);
    return is_string($entry) && strlen($entry) === 8
        ? unpack('P', $entry)[1] & (1 << 55) - 1 : 0;
}

/** PHP has no view of the bytes: they are read and written by offset. */
function prove(SharedRegion $region): void
{
    $region->read(0, 1); // a page not touched yet has no frame in our table
    $address = $region->address();
    say(implode(' ', ['proof', $address, 0, ...mapping($address), frame($address)]));
}

function await(SharedRegion $region): void
{
    expect($region->wait(PATIENCE_MS), 'no notification came');
}

/** A handle sees its own notification, too: so that the next wait is for the other side's. */
function notifyAndTake(SharedRegion $region): void
{
    $region->notify();
    expect($region->tryWait(), 'a handle does not see its own notification');
}

function awaitByte(SharedRegion $region, int $offset, int $value): void
{
    while (ord($region->read($offset, 1)) !== $value) {
        await($region);
    }
}

// ---- relay -------------------------------------------------------------------------------------

function relay(bool $answer): string
{
    $bytes = '';
    for ($i = 0; $i < 4096; $i++) {
        $byte = (7 * $i + 3) % 256;
        $bytes .= chr($answer ? 255 - $byte : $byte);
    }
    return $bytes;
}

function relay_first(string $name): void
{
    $region = SharedRegion::create($name, 4096);
    $region->write(0, relay(false));
    notifyAndTake($region);
    prove($region);
    say('ready');
    await($region);
    expect($region->read() === relay(true), 'the answer is not as stated');
}

function relay_second(string $name): void
{
    $region = SharedRegion::open($name);
    prove($region);
    await($region);
    expect($region->read() === relay(false), 'the bytes are not as stated');
    $region->write(0, relay(true));
    $region->notify();
}

// ---- tensor ------------------------------------------------------------------------------------

const ELEMENTS = 4 * 3 * 32 * 32;
const RECORD_AT = 49152;

/** pack has no signed little-endian numbers: the same bytes as unsigned ones. */
function record(array $fields): string
{
    return pack('cCvvx2VVPPgCx3e', ...$fields);
}

function stated(): string
{
    return record([-100, 200, -30000, 60000, -2000000000, 4000000000, -9007199254740993, ~58,
        0.1, 1, 0.1]);
}

function turned(): string
{
    return record([99, 55, 29999, 5535, 1999999999, 294967295, 9007199254740992, 58,
        -0.1, 0, -0.1]);
}

function elements(SharedRegion $region): array
{
    return array_values(unpack('g*', $region->read(0, 4 * ELEMENTS)));
}

function saySum(SharedRegion $region): void
{
    $sum = array_sum(elements($region));
    expect($sum == floor($sum), 'the sum is no whole number');
    say(sprintf('sum %d', $sum));
}

function tensor_first(string $name): void
{
    $region = SharedRegion::create($name, 65536);
    $region->write(0, pack('g*', ...array_map(fn ($k) => 0.25 * $k - 100, range(0, ELEMENTS - 1))));
    $region->write(RECORD_AT, stated());
    notifyAndTake($region);
    prove($region);
    say('ready');
    await($region);
    saySum($region);
    expect($region->read(RECORD_AT, 48) === turned(), 'the record is not as stated');
}

function tensor_second(string $name): void
{
    $region = SharedRegion::open($name);
    prove($region);
    await($region);
    saySum($region);
    expect($region->read(RECORD_AT, 48) === stated(), 'the record is not as stated');
    $region->write(0, pack('g*', ...array_map(fn ($element) => $element + 1, elements($region))));
    $region->write(RECORD_AT, turned());
    $region->notify();
}

// ---- grow --------------------------------------------------------------------------------------

const GROWN = 1048576;

function grow_first(string $name): void
{
    $region = SharedRegion::create($name, 4096, ['max_capacity' => GROWN]);
    $region->write(0, "\x01");
    prove($region);
    say('ready');
    awaitByte($region, 2, 1);
    $region->grow(GROWN);
    $region->write(GROWN - 1, chr(77));
    $region->write(0, "\x02");
    $region->notify();
    awaitByte($region, 1, 3);
    expect(ord($region->read(GROWN - 2, 1)) === 78, 'the last byte but one is not 78');
}

function grow_second(string $name): void
{
    $region = SharedRegion::open($name);
    prove($region);
    say("capacity {$region->capacity()}");
    $region->write(2, "\x01");
    $region->notify();
    awaitByte($region, 0, 2);
    say("capacity {$region->capacity()}");
    expect(ord($region->read(GROWN - 1, 1)) === 77, 'the last byte is not 77');
    $region->write(GROWN - 2, chr(78));
    $region->write(1, "\x03");
    $region->notify();
}

// ---- death -------------------------------------------------------------------------------------

function death_first(string $name): void
{
    $region = SharedRegion::create($name, 4096);
    $region->write(0, chr(42));
    $region->notify();
    prove($region);
    say('ready');
    while (true) {
        await($region);
    }
}

function death_second(string $name): void
{
    $region = SharedRegion::open($name);
    prove($region);
    await($region);
    expect(ord($region->read(0, 1)) === 42, 'byte 0 is not 42');
    expect($region->info()['creator_alive'], 'the creator counts as dead while it lives');
    say('alive');
    $deadline = microtime(true) + PATIENCE_MS / 1000;
    while ($region->info()['creator_alive']) {
        expect(microtime(true) < $deadline, 'the creator counts as alive for too long');
        $region->wait(50);
    }
    expect(ord($region->read(0, 1)) === 42, 'byte 0 is not 42 any more');
    say('dead');
    $region->close();
    try {
        SharedRegion::open($name);
        expect(false, 'the name is still there');
    } catch (Zinc\NotFoundError) {
        say('gone');
    }
    $region = SharedRegion::create($name, 8192);
    expect($region->read() === str_repeat("\0", 8192), 'a byte of the new region is not 0');
    say('again');
}

// ------------------------------------------------------------------------------------------------

$known = $argc === 4 && in_array($argv[1], ['relay', 'tensor', 'grow', 'death'], true)
    && in_array($argv[2], ['first', 'second'], true);
expect($known, 'usage: peer relay|tensor|grow|death first|second NAME');
try {
    "$argv[1]_$argv[2]"($argv[3]);
} catch (Throwable $failure) {
    expect(false, get_class($failure) . ': ' . $failure->getMessage());
}
say('done');
