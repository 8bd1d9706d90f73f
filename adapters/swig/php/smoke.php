<?php
// SPDX-License-Identifier: MIT
// The smoke test, in PHP; adapters/swig/README.md says what each test shows.
// smoke [interrupt|leak|tidy NAME] is one side of a test that adapters/swig/tasks makes.

declare(strict_types=1);

require 'zinc.php';

use Zinc\SharedRegion as Region;

function check(mixed $as_stated, mixed $what): void
{
    if (!$as_stated) {
        throw new LogicException('not as stated: ' . json_encode($what));
    }
}

/** The exception of a call, which must be of this class. */
function refused(string $kind, callable $call): Throwable
{
    try {
        $answer = $call();
    } catch (Throwable $failure) {
        if (!$failure instanceof $kind) {
            $class = get_class($failure);
            throw new LogicException("$kind expected, not $class: {$failure->getMessage()}");
        }
        return $failure;
    }
    $shown = substr((string) json_encode($answer), 0, 80);
    throw new LogicException("$kind expected, but it answered $shown");
}

function missing(string $name): void
{
    refused(Zinc\NotFoundError::class, fn () => Zinc\lookup($name));
}

function fileOf(string $name): string
{
    return getenv('ZINC_DIR') . "/zinc_$name";
}

$tests = [
    'bytes' => function () {
        $region = Region::create('bytes', 4096);
        $all = pack('C*', ...range(0, 255));
        check($region->write(100, $all) === 256, 'write answers the number of bytes');
        $other = Region::open('bytes');
        check($other->read(100, 256) === $all, 'all 256 bytes');
        check(strlen($other->read()) === 4096, 'the whole');
        check(strlen($other->read(4000)) === 96, 'the rest');
        $region->write(4096, '');
        check($region->read(4096, 0) === '' && $region->read(4096) === '', 'nothing at the end');
    },
    'bounds' => function () {
        $region = Region::create('bounds', 4096);
        $ranges = [[4095, 2], [4097, 0], [4097], [0, 4097], [1 << 62, 1], [1, PHP_INT_MAX]];
        foreach ($ranges as $range) {
            refused(Zinc\OverflowError::class, fn () => $region->read(...$range));
        }
        foreach ([[4095, 'ab'], [4097, ''], [PHP_INT_MAX, 'a']] as $what) {
            refused(Zinc\OverflowError::class, fn () => $region->write(...$what));
        }
        check($region->read() === str_repeat("\0", 4096), 'nothing was written');
    },
    'arguments' => function () {
        $region = Region::create('arguments', 4096);
        foreach ([-1, PHP_INT_MIN] as $bad) {
            refused(ValueError::class, fn () => $region->read($bad, 1));
            refused(ValueError::class, fn () => $region->grow($bad));
            refused(ValueError::class, fn () => $region->wait($bad));
            refused(ValueError::class, fn () => Region::create('never', $bad));
        }
        foreach ([1.5, 64.0, NAN, INF, 2 ** 63, '1', [], true, new stdClass(), STDIN] as $bad) {
            refused(TypeError::class, fn () => $region->read($bad, 1));
            refused(TypeError::class, fn () => $region->grow($bad));
            refused(TypeError::class, fn () => $region->wait($bad));
            refused(TypeError::class, fn () => Region::create('never', $bad));
        }
        foreach ([5, null, [1, 2], 1.0, new stdClass()] as $bad) {
            refused(TypeError::class, fn () => $region->write(0, $bad));
        }
        refused(ValueError::class, fn () => Region::create('never', 0));
        refused(ValueError::class, fn () => Region::create('never', 1, ['no_such' => 1]));
        refused(ValueError::class, fn () => Region::create('never', 1, ['lifetime' => 'long']));
        refused(ValueError::class, fn () => Region::create('never', 1, ['rows' => 5000]));
        refused(TypeError::class, fn () => Region::create('never', 1, ['sparse' => 'yes']));
        refused(TypeError::class, fn () => Region::create('never', 1, ['sparse']));
        refused(TypeError::class, fn () => Region::create('never', 1, 5));
        refused(ArgumentCountError::class, fn () => Region::create('never'));
        refused(Error::class, fn () => clone $region);
        refused(Error::class, fn () => new Region(3));
        refused(LogicException::class, fn () => serialize($region));
        refused(LogicException::class, fn () => unserialize('O:17:"Zinc\SharedRegion":0:{}'));
        $empty = (new ReflectionClass(Region::class))->newInstanceWithoutConstructor();
        refused(Error::class, fn () => $empty->read());
        missing('never');
    },
    'names' => function () {
        $long = str_repeat('x', 100000);
        foreach (['', 'a/b', '.hidden', 'sp ace', 'ä', substr($long, 0, 201), $long] as $bad) {
            refused(Zinc\InvalidError::class, fn () => Region::create($bad, 10));
        }
        refused(ValueError::class, fn () => Region::create("a\0b", 10));
        refused(ValueError::class, fn () => Zinc\remove("a\0b"));
        foreach ([null, 5, 1.5, [], new stdClass()] as $bad) {
            refused(TypeError::class, fn () => Region::open($bad));
        }
        $region = Region::create('/slash', 10);
        check($region->name() === 'slash', 'a leading slash is dropped');
        Region::open('slash')->close();
        check(strlen(Region::create(substr($long, 0, 200), 10)->name()) === 200, '200 bytes');
    },
    'options' => function () {
        $region = Region::create('kept', 10, ['lifetime' => 'persistent', 'mode' => 0640,
            'rows' => 5, 'wait_policy' => 'park']);
        $region->write(0, 'still here');
        $facts = $region->info();
        check($facts['lifetime'] === 'persistent' && $facts['mode'] === 0640
            && $facts['rows'] === 5 && $facts['wait_policy'] === 'park', $facts);
        unset($region);
        $region = Region::open('kept', ['read_only' => true]);
        check($region->read() === 'still here', 'a persistent region keeps its bytes');
        check($region->info()['read_only'], 'it is read-only');
        refused(Zinc\DeniedError::class, fn () => $region->write(0, 'x'));
        refused(Zinc\DeniedError::class, fn () => $region->notify());
        check($region->read(0, 1) === 's', 'and was not written');
        Zinc\remove('kept');
        $owner = Region::create('mine', 10, ['lifetime' => 'creator']);
        $other = Region::open('mine');
        $owner->close();
        missing('mine');
        check(strlen($other->read()) === 10, 'the bytes stay');
    },
    'growth' => function () {
        $region = Region::create('growth', 4096, ['max_capacity' => 65536]);
        $other = Region::open('growth');
        $region->write(0, 'a');
        $region->grow(65536);
        check($other->capacity() === 65536, 'all see it');
        $other->write(65535, 'z');
        check($region->read(65535, 1) === 'z' && $region->read(0, 1) === 'a', 'the same bytes');
        $region->grow(10);
        check($region->capacity() === 65536, 'it never shrinks');
        refused(Zinc\OverflowError::class, fn () => $region->grow(65537));
    },
    'open_or_create' => function () {
        $first = Region::openOrCreate('either', 100);
        $second = Region::openOrCreate('either', 100);
        check($first->info()['created'] && !$second->info()['created'], 'one creates');
        $second->write(0, 'x');
        check($first->read(0, 1) === 'x', 'both have it');
        refused(Zinc\OverflowError::class, fn () => Region::openOrCreate('either', 200));
    },
    'replace' => function () {
        $old = Region::create('replaced', 10);
        $old->write(0, 'old');
        $new = Region::replace('replaced', 20);
        check($old->info()['stale'] && !$new->info()['stale'], 'the old one learns it');
        check($old->read(0, 3) === 'old' && $new->read(0, 3) === "\0\0\0", 'two regions');
    },
    'waiting' => function () {
        $region = Region::create('waiting', 10);
        $begin = hrtime(true);
        check($region->wait(30) === false, 'time ran out');
        $took = (hrtime(true) - $begin) / 1e9;
        check($took > 0.029 && $took < 5, $took);
        check($region->tryWait() === false && $region->wait(0) === false, 'nothing to see');
        $other = Region::open('waiting');
        $region->notify();
        $region->notify();
        check($other->wait() === true, 'notified');
        check($other->tryWait() === false, 'two that nobody saw are one');
        check(Region::open('waiting')->wait(0), 'a fresh handle sees the last one');
    },
    'closing' => function () {
        $region = Region::create('closing', 10);
        $region->close();
        $region->close();
        check($region->closed() && $region->name() === 'closing', 'closed');
        $calls = ['read' => [0, 1], 'write' => [0, 'x'], 'notify' => [], 'wait' => [1],
            'tryWait' => [], 'capacity' => [], 'grow' => [20], 'info' => [], 'address' => [],
            'unlink' => []];
        foreach ($calls as $name => $arguments) {
            $failure = refused(Zinc\ClosedError::class, fn () => $region->$name(...$arguments));
            check(str_contains($failure->getMessage(), 'closed'), $failure->getMessage());
        }
        missing('closing');
        (function () {
            $scoped = Region::create('closing', 10);
        })();
        missing('closing');
        refused(RuntimeException::class, function () {
            $lost = Region::create('closing', 10);
            throw new RuntimeException('out of the scope');
        });
        missing('closing');
    },
    'collecting' => function () {
        for ($i = 0; $i < 20; $i++) {
            $cycle = new stdClass();
            $cycle->self = $cycle;
            $cycle->region = Region::create("collected-$i", 10);
            unset($cycle);
        }
        gc_collect_cycles();
        foreach (Region::list() as $facts) {
            check(!str_starts_with($facts['name'], 'collected'), $facts['name']);
        }
    },
    'large' => function () {
        $size = 5 << 30;
        $region = Region::create('large', $size, ['sparse' => true]);
        check($region->capacity() === $size, '5 GiB');
        $region->write($size - 4, 'last');
        check($region->read($size - 5) === "\0last", 'the last bytes');
        $region->write(4 << 30, 'x');
        check($region->read(0, 1) === "\0", 'offsets have 64 bits');
        refused(Zinc\OverflowError::class, fn () => $region->read($size - 4, 5));
    },
    'facts' => function () {
        $region = Region::create('facts', 100, ['max_capacity' => 200]);
        $facts = $region->info();
        check($facts['name'] === 'facts' && $facts['capacity'] === 100
            && $facts['max_capacity'] === 200 && $facts['creator_pid'] === getmypid()
            && $facts['creator_alive'] === true && $facts['participants_alive'] === 1
            && $facts['private'] === false, $facts);
        check(Zinc\lookup('facts')['inode'] === $facts['inode'], 'as seen');
        $listed = array_column(Region::list(), null, 'name')['facts'];
        check($listed['capacity'] === 100 && $listed['status'] === 'ZINC_OK', $listed);
        check($region->address() > 0, 'an address');
        check(Zinc\doctor()['directory'] === getenv('ZINC_DIR'), Zinc\doctor());
    },
    'removing' => function () {
        $region = Region::create('removing', 10);
        refused(Zinc\DeniedError::class, fn () => Region::open('removing')->unlink());
        $region->unlink();
        $region->unlink();
        missing('removing');
        $region->write(0, 'x');
        Region::create('removing', 10, ['lifetime' => 'persistent'])->close();
        check(Zinc\gc()['regions_removed'] === 0, 'gc leaves persistent ones');
        Zinc\remove('removing');
        refused(Zinc\NotFoundError::class, fn () => Zinc\remove('removing'));
    },
    'errors' => function () {
        $failure = refused(Zinc\NotFoundError::class, fn () => Region::open('not-here'));
        check($failure instanceof Zinc\Error && $failure->getCode() === -2
            && $failure->statusName === 'ZINC_E_NOENT'
            && str_contains($failure->getMessage(), 'not-here')
            && strlen($failure->remedy()) > 10, $failure->getMessage());
        $region = Region::create('here', 10);
        $failure = refused(Zinc\ExistsError::class, fn () => Region::create('here', 10));
        check($failure->getCode() === -17, $failure->getMessage());
    },
    'files' => function () {
        Region::create('whole', 10, ['lifetime' => 'persistent'])->close();
        $whole = file_get_contents(fileOf('whole'));
        Zinc\remove('whole');
        $other = $whole;
        $other[8] = chr(200); // the layout's number
        $files = ['foreign' => str_repeat('not a region', 1000), 'cut' => substr($whole, 0, 5000),
            'other' => $other, 'empty' => ''];
        foreach ($files as $name => $bytes) {
            file_put_contents(fileOf($name), $bytes);
            chmod(fileOf($name), 0600);
            $failure = refused(Zinc\Error::class, fn () => Region::open($name));
            check(in_array(get_class($failure), [Zinc\LayoutError::class,
                Zinc\CorruptError::class], true), get_class($failure));
            check(str_contains($failure->getMessage(), $name), $failure->getMessage());
            unlink(fileOf($name));
        }
    },
    'memory' => function () {
        $pages = fn () => (int) explode(' ', file_get_contents('/proc/self/statm'))[1];
        $region = Region::create('memory', 4096);
        $round = function () use ($region) {
            for ($i = 0; $i < 500; $i++) {
                $region->info();
                $region->read();
                $region->wait(0);
                Region::list();
                Region::open('memory')->close();
                refused(Zinc\OverflowError::class, fn () => $region->read(5000));
                refused(Zinc\NotFoundError::class, fn () => Region::open('not-here'));
            }
            gc_collect_cycles();
        };
        $round();
        $before = $pages();
        for ($i = 0; $i < 3; $i++) {
            $round();
        }
        $more = $pages() - $before; // of 4 KiB
        check($more < 800, "$more pages more");
    },
    'version' => fn () => check(preg_match('/^\d+\.\d+\.\d+$/', Zinc\version()), Zinc\version()),

    // ---- PHP's own

    'signals' => function () {
        pcntl_async_signals(true);
        $region = Region::create('signals', 10);
        pcntl_signal(SIGALRM, fn () => throw new DomainException('enough'));
        pcntl_alarm(1);
        $begin = hrtime(true);
        refused(DomainException::class, fn () => $region->wait());
        check(hrtime(true) - $begin < 1.5e9, 'an exception out of a wait');
        $seen = 0;
        pcntl_signal(SIGALRM, function () use (&$seen) {
            $seen++;
            Region::open('signals')->notify();
        });
        pcntl_alarm(1);
        check($region->wait(5000) && $seen === 1, 'handlers run, the wait goes on');
        check($region->info()['participants_alive'] === 1, 'nothing is kept by a wait that ended');
    },
    'forking' => function () {
        $region = Region::create('forking', 10);
        $child = pcntl_fork();
        if ($child === 0) {
            try {
                refused(Zinc\ForkedError::class, fn () => $region->read());
                refused(Zinc\ForkedError::class, fn () => $region->wait(1));
                $own = Region::open('forking');
                $own->write(0, 'child!');
                $own->notify();
                $own->close();
                $region->close();
                posix_kill(getmypid(), SIGKILL); // exit would go on with what follows the tests
            } catch (Throwable $failure) {
                fwrite(STDERR, "$failure\n");
                exit(1);
            }
        }
        check($region->wait(5000), 'the child notified');
        pcntl_waitpid($child, $status);
        check(pcntl_wifsignaled($status) && $region->read(0, 6) === 'child!'
            && $region->info()['participants_alive'] === 1, 'the child has its own handle');
    },
];

[, $mode, $name] = [...$argv, '', ''];
if ($mode === 'interrupt') {
    pcntl_async_signals(true);
    pcntl_signal(SIGINT, fn () => throw new DomainException('interrupted'));
    $region = Region::create($name, 10);
    echo "waiting\n";
    try {
        $region->wait();
    } catch (DomainException $failure) {
        echo $failure->getMessage(), "\n";
    }
    $region->close();
} elseif ($mode === 'leak') {
    $kept = Region::create($name, 10);
} elseif ($mode === 'tidy') {
    (function () use ($name) {
        $region = Region::create($name, 10);
    })();
} else {
    $failed = 0;
    foreach ($tests as $test => $body) {
        try {
            $body();
            echo "result $test passed\n";
        } catch (Throwable $failure) {
            echo "$failure\nresult $test failed {$failure->getMessage()}\n";
            $failed = 1;
        }
    }
    exit($failed);
}
