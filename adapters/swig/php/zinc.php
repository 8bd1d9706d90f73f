<?php
// SPDX-License-Identifier: MIT
/** The same bytes of memory in several processes, written in any language. */

declare(strict_types=1);

namespace Zinc;

if (!extension_loaded('zinc_core')) {
    throw new \RuntimeException(
        'the extension zinc_core is not loaded: php -d extension=zinc_core, or php.ini'
    );
}

/** Anything that the core refused or that failed in it. getCode() is its status, negative. */
class Error extends \RuntimeException
{
    /** The status's identifier, "ZINC_E_NOENT". */
    public string $statusName = '';

    /** What to do about it, as a sentence. */
    public function remedy(): string
    {
        return \zinc_core_zinc_error_remedy($this->getCode());
    }
}

class AgainError extends Error {}
class BusyError extends Error {}
class CanceledError extends Error {}
class ClosedError extends Error {}
class CorruptError extends Error {}
class DeniedError extends Error {}
class ExistsError extends Error {}
class ForkedError extends Error {}
class FullError extends Error {}
class GoneError extends Error {}
class InterruptedError extends Error {}
class InvalidError extends Error {}
class KindError extends Error {}
class LayoutError extends Error {}
class MemoryError extends Error {}
class NotFoundError extends Error {}
class NotSupportedError extends Error {}
class OverflowError extends Error {}
class OwnerDeadError extends Error {}
class PeerDeadError extends Error {}
class PoisonedError extends Error {}
class StaleError extends Error {}
class SystemError extends Error {}
class TimeoutError extends Error {}
class TooLongError extends Error {}
class UsersError extends Error {}

/** The release of the library, "0.1.0". */
function version(): string
{
    return \zinc_core_zinc_version_text();
}

/**
 * Facts about every region of the domain, by name: arrays as SharedRegion::info() gives them. Where
 * 'status' is not "ZINC_OK" the file is no usable region, and it says why.
 */
function regions(): array
{
    $listing = \zinc_core_list_begin();
    $found = [];
    while (($facts = $listing->following()) !== null) {
        $found[] = SharedRegion::arrayOf($facts);
    }
    return $found;
}

/** Facts about the region of this name, without taking part in it. */
function lookup($name): array
{
    return SharedRegion::arrayOf(\zinc_core_lookup($name));
}

/** Unbind a name by force, whoever uses the region; they keep the bytes. */
function remove($name): void
{
    \zinc_core_remove($name);
}

/** Remove the regions that nobody alive uses. Answers counts. */
function gc($dryRun = false): array
{
    return SharedRegion::arrayOf(\zinc_core_gc($dryRun));
}

/** What the machine offers to regions. Sizes are bytes; null is what cannot be had. */
function doctor(): array
{
    return SharedRegion::arrayOf(\zinc_core_doctor());
}

/**
 * A region of memory that other processes open by its name.
 *
 *     $region = Zinc\SharedRegion::create('frames', 1 << 20);
 *     $region->write(0, 'hello');
 *     $region->notify();
 *
 * It is closed when the last reference to it goes. Options, as an array: 'lifetime' => 'auto',
 * 'creator' or 'persistent'; 'mode': permission bits; 'max_capacity': bytes up to which grow may
 * go; 'rows': participants at one time; 'wait_policy' => 'adaptive', 'spin' or 'park'; 'group',
 * 'accept_mode', 'accept_owner': numbers; 'read_only', 'prefault', 'sparse', 'huge_pages',
 * 'read_only_waiters', 'accept_any_owner': true or false.
 */
final class SharedRegion
{
    private static bool $ending = false;
    private \ZincCoreHandle $handle;

    private function __construct(\ZincCoreHandle $handle)
    {
        static $watched = false;
        if (!$watched) {
            $watched = true;
            register_shutdown_function(static function (): void {
                self::$ending = true;
            });
        }
        $this->handle = $handle;
    }

    private function __clone()
    {
    }

    public function __serialize(): array
    {
        throw new \LogicException('a region cannot be serialized; send its name');
    }

    public function __unserialize(array $data): void
    {
        throw new \LogicException('a region cannot be unserialized; open it by its name');
    }

    /** The end of the scope closes. What is left when the script ends was forgotten somewhere. */
    public function __destruct()
    {
        if (!self::$ending && isset($this->handle)) {
            $this->handle->close();
        }
    }

    /** Create a region of $capacity bytes, all zero. */
    public static function create($name, $capacity, array $options = []): self
    {
        return new self(\zinc_core_create($name, $capacity, self::chosen($options)));
    }

    /** Open the region of this name. */
    public static function open($name, array $options = []): self
    {
        return new self(\zinc_core_open($name, self::chosen($options)));
    }

    /**
     * Open the region, or create it where there is none, in one atomic step: info()['created'] says
     * which.
     */
    public static function openOrCreate($name, $capacity, array $options = []): self
    {
        return new self(\zinc_core_open_or_create($name, $capacity, self::chosen($options)));
    }

    /** Create a region and bind the name to it, even if another region has it. */
    public static function replace($name, $capacity, array $options = []): self
    {
        return new self(\zinc_core_replace($name, $capacity, self::chosen($options)));
    }

    /** The same as Zinc\regions(). */
    public static function list(): array
    {
        return regions();
    }

    /** $length bytes from $offset (all that follow, unless given), as a string. */
    public function read($offset = 0, $length = null): string
    {
        return $this->handle->read($offset, $length);
    }

    /** Write a string at $offset. Answers its length. */
    public function write($offset, $bytes): int
    {
        $this->handle->write($offset, $bytes);
        return strlen($bytes);
    }

    /** Wake every wait in progress on this region, in all processes. */
    public function notify(): void
    {
        $this->handle->notify();
    }

    /**
     * Wait for a notification that this handle has not seen: true when it came, false when
     * $timeoutMs milliseconds have passed; null waits for ever. Handlers of pcntl_signal run
     * meanwhile (with pcntl_async_signals), and may throw.
     */
    public function wait($timeoutMs = null): bool
    {
        $wait = $this->handle->start($timeoutMs);
        do { // PHP runs handlers between its statements.
            $step = $wait->step();
        } while ($step === 2);
        return $step === 1;
    }

    /** Whether a notification came that this handle has not seen; does not wait. */
    public function tryWait(): bool
    {
        return $this->handle->try_wait() === 1;
    }

    /** Bytes of the region now, as grown by whichever process. */
    public function capacity(): int
    {
        return $this->handle->capacity();
    }

    /** Make the region this long, in place, for all participants, up to max_capacity. */
    public function grow($capacity): void
    {
        $this->handle->grow($capacity);
    }

    /** Facts about the region and this handle: ['capacity'], ['creator_alive'], ... */
    public function info(): array
    {
        return self::arrayOf($this->handle->info());
    }

    /** The region's name, without slash and domain. */
    public function name(): string
    {
        return $this->handle->name();
    }

    /** The address of the first byte in this process. */
    public function address(): int
    {
        return $this->handle->address();
    }

    /** Unbind the name; participants keep the bytes. For the creator's handle. */
    public function unlink(): void
    {
        $this->handle->unlink();
    }

    /** Close the handle. Closing again is harmless. */
    public function close(): void
    {
        $this->handle->close();
    }

    public function closed(): bool
    {
        return $this->handle->closed() === 1;
    }

    /** @internal */
    public static function arrayOf(\ZincCoreFacts $facts): array
    {
        $found = [];
        for ($index = 0; $index < $facts->size(); $index++) {
            $found[$facts->name($index)] = $facts->value($index);
        }
        return $found;
    }

    private static function chosen(array $options): \ZincCoreOptions
    {
        $core = new \ZincCoreOptions();
        foreach ($options as $name => $value) {
            if ($value !== null) {
                $core->set($name, $value);
            }
        }
        return $core;
    }
}
