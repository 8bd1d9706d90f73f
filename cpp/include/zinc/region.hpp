// SPDX-License-Identifier: MIT
// Zinc: regions, the same bytes of memory in several processes.
//
//     auto region = zinc::SharedRegion::create("frames", 1 << 20);   // one process
//     region.as<float>()[0] = 23.5f;
//     region.notify();
//
//     auto region = zinc::SharedRegion::open("frames");              // another, in any language
//     if (region.wait(1000)) use(region.as<const float>()[0]);
//
// A SharedRegion is a handle: move-only, closed by its destructor. Every function that can fail
// throws; its twin with std::nothrow as the first argument returns zinc::result<T> instead
// (<zinc/result.hpp>), and without exceptions only the twins exist.
//
// Bytes. bytes(), data() and as<T>() borrow: what they return is valid until close() or the
// destructor, as the data() of a vector; on a temporary they do not compile. shared_bytes() owns:
// its bytes live until its last copy is gone, however long the region has been closed.
//
// Threads. All members may be called by several threads at once, close() too: waits of other
// threads then end with closed_error. Destroying or moving the object needs what it needs
// everywhere: that nobody begins another call on it.
//
// Fork. In a forked child every call answers forked_error; bytes that it has already stay, and so
// data() and address() still answer.
//
// How close() and calls in progress meet: a handle is a small block on the heap with the number of
// calls in progress. close() shuts the core's handle down, which ends its waits; the last call that
// leaves (often close() itself) gives the core's reference back, and with it the mapping. So a call
// in progress never sees its handle go, and close() never blocks.
#ifndef ZINC_REGION_HPP
#define ZINC_REGION_HPP

#include <zinc/events.hpp>
#include <zinc/region.h>
#include <zinc/registry.hpp>
#include <zinc/result.hpp>
#include <zinc/span.hpp>
#include <zinc/wait.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#if ZINC_HAS_STOP_TOKEN
#include <stop_token>
#endif

namespace zinc {
inline namespace ZINC_MODE {

// A number of bytes, made by the call itself from any integer. Negative ones, and those above the
// address space, are refused before anything happens; bool and floating point do not compile.
class byte_count {
  public:
    constexpr byte_count() noexcept = default;

    template <class Integer, std::enable_if_t<std::is_integral_v<Integer>, int> = 0>
    constexpr byte_count(Integer count) noexcept {
        static_assert(!std::is_same_v<Integer, bool>, "a size is a number of bytes");
        if constexpr (std::is_signed_v<Integer>) {
            if (count < 0) {
                status_ = ZINC_E_INVAL;
                return;
            }
        }
        count_ = static_cast<std::uint64_t>(count);
        if (count_ > SIZE_MAX) {
            status_ = ZINC_E_OVERFLOW;
        }
    }
    template <class Float, std::enable_if_t<std::is_floating_point_v<Float>, int> = 0>
    byte_count(Float) = delete;

    constexpr std::size_t value() const noexcept {
        return static_cast<std::size_t>(count_);
    }
    constexpr std::int32_t status() const noexcept {
        return status_;
    }
    failure refusal(const char *what) const noexcept {
        return status_ == ZINC_E_INVAL
                   ? failure::format(status_, "%s cannot be negative: give a number of bytes", what)
                   : failure::format(status_, "%s of %llu bytes does not fit the address space",
                                     what, static_cast<unsigned long long>(count_));
    }

  private:
    std::uint64_t count_ = 0;
    std::int32_t status_ = ZINC_OK;
};

// The name of a region, made by the call itself from any kind of text.
class region_name {
  public:
    region_name(const char *name) noexcept : text_(name) {}
    region_name(const std::string &name) noexcept : region_name(std::string_view(name)) {}
    region_name(std::string_view name) noexcept : text_(copy_) {
        // What is cut off is longer than any name: the core says so.
        const std::size_t size = name.size() < sizeof copy_ - 1 ? name.size() : sizeof copy_ - 1;
        if (size != 0) {
            std::memcpy(copy_, name.data(), size);
        }
        copy_[size] = '\0';
        whole_ = std::memchr(copy_, '\0', size) == nullptr;
    }
    region_name(std::nullptr_t) = delete;
    region_name(const region_name &) = delete;
    region_name &operator=(const region_name &) = delete;

    const char *c_str() const noexcept {
        return text_;
    }
    std::optional<failure> refusal() const noexcept {
        if (whole_) {
            return std::nullopt;
        }
        return failure::format(ZINC_E_INVAL,
                               "a region's name cannot contain a zero byte (after "
                               "\"%s\"): use letters, digits, '.', '_' and '-'",
                               text_);
    }

  private:
    const char *text_;
    bool whole_ = true;
    char copy_[256];
};

// Options; the defaults are the defaults. C++20: create("x", 64, {.prefault = true}).
struct options {
    // create and its sisters
    zinc::lifetime lifetime = zinc::lifetime::automatic;
    std::uint32_t mode = 0;                  // permission bits exactly as given, 0 means 0600
    std::optional<std::uint32_t> group = {}; // give the file to this group
    std::uint32_t rows = 0;                  // participants at one time, 1 to 1023, 0 means 128
    byte_count max_capacity = {};            // up to which grow() may go, 0 means capacity
    bool sparse = false;                     // do not allocate: a full file system is then a SIGBUS
    bool sealed = false;                     // create_private: only this handle can ever write
    bool hugetlb = false;                    // create_private: pages from the hugetlb pool
    bool read_only_waiters = false;          // wake read-only handles at once
    // open and its sisters
    bool read_only = false;
    bool any_owner = false;
    std::uint32_t accept_mode = 0; // group/other write bits that a file may have
    std::vector<std::uint32_t> accept_owners = {};
    // all
    zinc::wait_policy wait_policy = zinc::wait_policy::adaptive;
    bool prefault = false;   // bring every page in now
    bool huge_pages = false; // info() says how many came
};

namespace detail {

inline zinc_region_options to_c(const options &from) noexcept {
    zinc_region_options to{};
    to.size = sizeof to;
    const auto set = [&to](bool on, std::uint32_t flag) { to.flags |= on ? flag : 0U; };
    set(from.read_only, ZINC_REGION_READ_ONLY);
    set(from.prefault, ZINC_REGION_PREFAULT);
    set(from.sparse, ZINC_REGION_SPARSE);
    set(from.huge_pages, ZINC_REGION_HUGE_PAGES);
    set(from.sealed, ZINC_REGION_SEALED);
    set(from.read_only_waiters, ZINC_REGION_READ_ONLY_WAITERS);
    set(from.group.has_value(), ZINC_REGION_SET_GROUP);
    set(from.any_owner, ZINC_REGION_ANY_OWNER);
    set(from.hugetlb, ZINC_REGION_HUGETLB);
    to.lifetime = static_cast<std::uint32_t>(from.lifetime);
    to.wait_policy = static_cast<std::uint32_t>(from.wait_policy);
    to.mode = from.mode;
    to.group = from.group.value_or(0);
    to.rows = from.rows;
    to.accept_mode = from.accept_mode;
    to.max_capacity = from.max_capacity.value();
    to.accept_owners = from.accept_owners.empty() ? nullptr : from.accept_owners.data();
    to.accept_owner_count = from.accept_owners.size();
    return to;
}

// The block behind a SharedRegion. The word holds: bit 0 closed, bit 1 a SharedRegion owns the
// block, the rest the number of calls in progress. Whoever brings the calls to 0 in a closed block
// gives the core's handle back, exactly once, as nobody enters a closed block; whoever leaves
// neither calls nor owner frees the block.
class region_block {
  public:
    region_block(zinc_region *handle, bool read_only) noexcept
        : handle_(handle), data_(reinterpret_cast<std::byte *>(zinc_ptr(handle))),
          read_only_(read_only) {
        const char *const name = zinc_region_name(handle);
        std::strncpy(name_, name != nullptr ? name : "", sizeof name_ - 1);
    }
    region_block(const region_block &) = delete;
    region_block &operator=(const region_block &) = delete;

    // The acquire pairs with the release in leave() of the call that closed.
    bool enter() noexcept {
        std::uint64_t word = word_.load(std::memory_order_relaxed);
        do {
            if ((word & closed_bit) != 0) {
                return false;
            }
        } while (!word_.compare_exchange_weak(word, word + one_call, std::memory_order_acquire,
                                              std::memory_order_relaxed));
        return true;
    }
    // The block may be gone when this returns, and as soon as the word is written: what comes after
    // uses what was read before.
    void leave() noexcept {
        zinc_region *const handle = handle_;
        const std::uint64_t left = word_.fetch_sub(one_call, std::memory_order_acq_rel) - one_call;
        if (left == closed_bit || left == (closed_bit | owned_bit)) {
            zinc_region_release(handle);
        }
        if (left == closed_bit) {
            delete this;
        }
    }
    void close() noexcept {
        if (!enter()) {
            return;
        }
        if ((word_.fetch_or(closed_bit, std::memory_order_acq_rel) & closed_bit) == 0) {
            zinc_region_shutdown(handle_);
        }
        leave();
    }
    // The owner goes.
    void disown() noexcept {
        close();
        if (word_.fetch_and(~owned_bit, std::memory_order_acq_rel) == (closed_bit | owned_bit)) {
            delete this;
        }
    }

    bool closed() const noexcept {
        return (word_.load(std::memory_order_acquire) & closed_bit) != 0;
    }
    zinc_region *handle() const noexcept {
        return handle_;
    }
    std::byte *data() const noexcept {
        return data_;
    }
    bool read_only() const noexcept {
        return read_only_;
    }
    const char *name() const noexcept {
        return name_;
    }

  private:
    static constexpr std::uint64_t closed_bit = 1;
    static constexpr std::uint64_t owned_bit = 2;
    static constexpr std::uint64_t one_call = 4;

    ~region_block() = default;

    std::atomic<std::uint64_t> word_{owned_bit};
    zinc_region *const handle_;
    std::byte *const data_;
    const bool read_only_;
    char name_[ZINC_NAME_MAX + 1] = {};
};

// A call in progress; false if the region is closed.
class region_call {
  public:
    explicit region_call(region_block *block) noexcept
        : block_(block != nullptr && block->enter() ? block : nullptr) {}
    region_call(const region_call &) = delete;
    region_call &operator=(const region_call &) = delete;
    ~region_call() {
        if (block_ != nullptr) {
            block_->leave();
        }
    }
    explicit operator bool() const noexcept {
        return block_ != nullptr;
    }
    zinc_region *handle() const noexcept {
        return block_->handle();
    }
    // What a status of this call means.
    failure describe(std::int32_t status) const noexcept {
        return status == ZINC_E_CLOSED ? closed_region(block_->name())
                                       : explain(block_->handle(), status);
    }

  private:
    region_block *block_;
};

} // namespace detail

class SharedRegion {
  public:
    // A closed region; something to assign to.
    SharedRegion() noexcept = default;
    SharedRegion(SharedRegion &&other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
    SharedRegion &operator=(SharedRegion &&other) noexcept {
        SharedRegion(std::move(other)).swap(*this);
        return *this;
    }
    SharedRegion(const SharedRegion &) = delete;
    SharedRegion &operator=(const SharedRegion &) = delete;
    ~SharedRegion() {
        if (block_ != nullptr) {
            block_->disown();
        }
    }
    void swap(SharedRegion &other) noexcept {
        std::swap(block_, other.block_);
    }
    friend void swap(SharedRegion &a, SharedRegion &b) noexcept {
        a.swap(b);
    }

    // ---- Making ----------------------------------------------------------------------------

    // Create a region of `capacity` zeroed bytes. already_exists while a participant of the same
    // name lives.
#if ZINC_HAS_EXCEPTIONS
    static SharedRegion create(const region_name &name, byte_count capacity,
                               const options &with = {}) {
        return create(std::nothrow, name, capacity, with).value();
    }
#endif
    static result<SharedRegion> create(const std::nothrow_t &, const region_name &name,
                                       byte_count capacity, const options &with = {}) noexcept {
        return make(zinc_region_create, name, capacity, with);
    }

    // Open the region of this name. not_found if there is none, or nobody in it lives.
#if ZINC_HAS_EXCEPTIONS
    static SharedRegion open(const region_name &name, const options &with = {}) {
        return open(std::nothrow, name, with).value();
    }
#endif
    static result<SharedRegion> open(const std::nothrow_t &, const region_name &name,
                                     const options &with = {}) noexcept {
        if (const auto refused = name.refusal()) {
            return *refused;
        }
        return make(with, false,
                    [&](auto... rest) { return zinc_region_open(name.c_str(), rest...); });
    }

    // Open the region of this name, or create it where there is none, in one step: of several
    // callers one creates (info().created_here) and all get the same region.
#if ZINC_HAS_EXCEPTIONS
    static SharedRegion open_or_create(const region_name &name, byte_count capacity,
                                       const options &with = {}) {
        return open_or_create(std::nothrow, name, capacity, with).value();
    }
#endif
    static result<SharedRegion> open_or_create(const std::nothrow_t &, const region_name &name,
                                               byte_count capacity,
                                               const options &with = {}) noexcept {
        return make(zinc_region_open_or_create, name, capacity, with);
    }

    // Create a region and bind the name to it even if another region has it. Users of the old one
    // keep its bytes, are notified once, and read info().stale.
#if ZINC_HAS_EXCEPTIONS
    static SharedRegion replace(const region_name &name, byte_count capacity,
                                const options &with = {}) {
        return replace(std::nothrow, name, capacity, with).value();
    }
#endif
    static result<SharedRegion> replace(const std::nothrow_t &, const region_name &name,
                                        byte_count capacity, const options &with = {}) noexcept {
        return make(zinc_region_replace, name, capacity, with);
    }

    // Create a region without a name, to be handed over with send() or descriptor(). With
    // options::sealed only this handle can ever write.
#if ZINC_HAS_EXCEPTIONS
    static SharedRegion create_private(const region_name &label, byte_count capacity,
                                       const options &with = {}) {
        return create_private(std::nothrow, label, capacity, with).value();
    }
#endif
    static result<SharedRegion> create_private(const std::nothrow_t &, const region_name &label,
                                               byte_count capacity,
                                               const options &with = {}) noexcept {
        return make(zinc_region_create_private, label, capacity, with);
    }

    // Attach to the region behind a descriptor, which stays the caller's.
#if ZINC_HAS_EXCEPTIONS
    static SharedRegion attach(int descriptor, const options &with = {}) {
        return attach(std::nothrow, descriptor, with).value();
    }
#endif
    static result<SharedRegion> attach(const std::nothrow_t &, int descriptor,
                                       const options &with = {}) noexcept {
        return make(with, true,
                    [&](auto... rest) { return zinc_region_attach(descriptor, rest...); });
    }

    // Receive a region that was sent over a unix socket.
#if ZINC_HAS_EXCEPTIONS
    static SharedRegion receive(int socket, const options &with = {}) {
        return receive(std::nothrow, socket, with).value();
    }
#endif
    static result<SharedRegion> receive(const std::nothrow_t &, int socket,
                                        const options &with = {}) noexcept {
        return make(with, true, [&](auto... rest) { return zinc_region_receive(socket, rest...); });
    }

    // Take over a handle of the C API; nullptr gives a closed region.
#if ZINC_HAS_EXCEPTIONS
    static SharedRegion adopt(zinc_region *handle) {
        return adopt(std::nothrow, handle).value();
    }
#endif
    static result<SharedRegion> adopt(const std::nothrow_t &, zinc_region *handle) noexcept {
        return handle == nullptr ? result<SharedRegion>(SharedRegion()) : own(handle, true, false);
    }

    // ---- Names -----------------------------------------------------------------------------

    // The regions of the domain, sorted by name.
#if ZINC_HAS_EXCEPTIONS
    static std::vector<region_info> list() {
        return list(std::nothrow).value();
    }
#endif
    static result<std::vector<region_info>> list(const std::nothrow_t &) noexcept {
        return detail::without_throwing([] { return detail::list(); });
    }

    // Facts about the region of this name, without taking part in it.
#if ZINC_HAS_EXCEPTIONS
    static region_info lookup(const region_name &name) {
        return lookup(std::nothrow, name).value();
    }
#endif
    static result<region_info> lookup(const std::nothrow_t &, const region_name &name) noexcept {
        if (const auto refused = name.refusal()) {
            return *refused;
        }
        return detail::without_throwing([&] { return detail::lookup(name.c_str()); });
    }

    // The participants of the region of this name, alive or dead.
#if ZINC_HAS_EXCEPTIONS
    static std::vector<participant> participants(const region_name &name) {
        return participants(std::nothrow, name).value();
    }
#endif
    static result<std::vector<participant>> participants(const std::nothrow_t &,
                                                         const region_name &name) noexcept {
        if (const auto refused = name.refusal()) {
            return *refused;
        }
        return detail::without_throwing([&] { return detail::participants(name.c_str()); });
    }

    // Unbind a name by force, whoever uses the region. Participants keep the bytes.
#if ZINC_HAS_EXCEPTIONS
    static void remove(const region_name &name) {
        remove(std::nothrow, name).value();
    }
#endif
    static result<void> remove(const std::nothrow_t &, const region_name &name) noexcept {
        if (const auto refused = name.refusal()) {
            return *refused;
        }
        zinc_error detail = detail::no_error();
        const std::int32_t status = zinc_region_remove(name.c_str(), &detail);
        if (status != ZINC_OK) {
            return detail::failed(status, detail);
        }
        return {};
    }

    // Remove every region of the domain that nobody alive uses and whose lifetime allows it.
#if ZINC_HAS_EXCEPTIONS
    static gc_report gc(gc_mode mode = gc_mode::remove) {
        return gc(std::nothrow, mode).value();
    }
#endif
    static result<gc_report> gc(const std::nothrow_t &, gc_mode mode = gc_mode::remove) noexcept {
        return detail::without_throwing([mode] { return detail::gc(mode); });
    }

    // Unbind the name of this region; for the handle that created it, else access_denied.
#if ZINC_HAS_EXCEPTIONS
    void unlink() {
        unlink(std::nothrow).value();
    }
#endif
    result<void> unlink(const std::nothrow_t &) noexcept {
        return call([](zinc_region *region) { return zinc_region_unlink(region); });
    }

    // ---- Bytes -----------------------------------------------------------------------------

    // All bytes, borrowed until close(). On a read-only handle access_denied: use cbytes().
#if ZINC_HAS_EXCEPTIONS
    zinc::span<std::byte> bytes() & {
        return bytes(std::nothrow).value();
    }
    zinc::span<const std::byte> bytes() const & {
        return cbytes();
    }
    zinc::span<const std::byte> cbytes() const & {
        return cbytes(std::nothrow).value();
    }
    void bytes() && = delete;
    void bytes() const && = delete;
    void cbytes() && = delete;
    void cbytes() const && = delete;
#endif
    result<zinc::span<std::byte>> bytes(const std::nothrow_t &) &noexcept {
        return as<std::byte>(std::nothrow);
    }
    result<zinc::span<const std::byte>> cbytes(const std::nothrow_t &) const &noexcept {
        return elements<const std::byte>();
    }
    void bytes(const std::nothrow_t &) && = delete;
    void cbytes(const std::nothrow_t &) const && = delete;

    // The address of the first byte; it never changes. Borrowed, as bytes().
#if ZINC_HAS_EXCEPTIONS
    std::byte *data() & {
        return data(std::nothrow).value();
    }
    const std::byte *data() const & {
        return cdata(std::nothrow).value();
    }
    const std::byte *cdata() const & {
        return cdata(std::nothrow).value();
    }
    void data() && = delete;
    void data() const && = delete;
    void cdata() && = delete;
    void cdata() const && = delete;
#endif
    result<std::byte *> data(const std::nothrow_t &) &noexcept {
        if (closed()) {
            return closed_failure();
        }
        if (block_->read_only()) {
            return read_only_failure();
        }
        return block_->data();
    }
    result<const std::byte *> cdata(const std::nothrow_t &) const &noexcept {
        if (closed()) {
            return closed_failure();
        }
        return static_cast<const std::byte *>(block_->data());
    }
    void data(const std::nothrow_t &) && = delete;
    void cdata(const std::nothrow_t &) const && = delete;

    // All bytes as elements of T, which must fill them exactly; or `count` elements from the byte
    // `offset`, which must be aligned for T. as<const T>() works on read-only handles, too. What
    // several processes write at once needs atomics, or an object that orders them.
#if ZINC_HAS_EXCEPTIONS
    template <class T> zinc::span<T> as() & {
        return as<T>(std::nothrow).value();
    }
    template <class T> zinc::span<T> as(byte_count offset, byte_count count) & {
        return as<T>(std::nothrow, offset, count).value();
    }
    template <class T> zinc::span<const T> as() const & {
        return elements<const T>().value();
    }
    template <class T> zinc::span<const T> as(byte_count offset, byte_count count) const & {
        return elements<const T>(offset, count).value();
    }
    template <class T> void as() && = delete;
    template <class T> void as(byte_count, byte_count) && = delete;
#endif
    template <class T> result<zinc::span<T>> as(const std::nothrow_t &) &noexcept {
        return elements<T>();
    }
    template <class T>
    result<zinc::span<T>> as(const std::nothrow_t &, byte_count offset,
                             byte_count count) &noexcept {
        return elements<T>(offset, count);
    }
    template <class T> void as(const std::nothrow_t &) && = delete;
    template <class T> void as(const std::nothrow_t &, byte_count, byte_count) && = delete;

    // Bytes that are kept: valid until the last copy is gone, after close() too. All of them, or
    // `size` from `offset`.
#if ZINC_HAS_EXCEPTIONS
    owned_span<std::byte> shared_bytes() {
        return shared_bytes(std::nothrow).value();
    }
    owned_span<std::byte> shared_bytes(byte_count offset, byte_count size) {
        return shared_bytes(std::nothrow, offset, size).value();
    }
    owned_span<const std::byte> shared_cbytes() const {
        return shared_cbytes(std::nothrow).value();
    }
    owned_span<const std::byte> shared_cbytes(byte_count offset, byte_count size) const {
        return shared_cbytes(std::nothrow, offset, size).value();
    }
#endif
    result<owned_span<std::byte>> shared_bytes(const std::nothrow_t &) noexcept {
        return keep<std::byte>(std::nullopt, std::nullopt);
    }
    result<owned_span<std::byte>> shared_bytes(const std::nothrow_t &, byte_count offset,
                                               byte_count size) noexcept {
        return keep<std::byte>(offset, size);
    }
    result<owned_span<const std::byte>> shared_cbytes(const std::nothrow_t &) const noexcept {
        return keep<const std::byte>(std::nullopt, std::nullopt);
    }
    result<owned_span<const std::byte>> shared_cbytes(const std::nothrow_t &, byte_count offset,
                                                      byte_count size) const noexcept {
        return keep<const std::byte>(offset, size);
    }

    // ---- Telling and waiting ---------------------------------------------------------------

    // Wake every wait in progress on this region, in all processes; what was written before is
    // visible to those who return.
#if ZINC_HAS_EXCEPTIONS
    void notify() {
        notify(std::nothrow).value();
    }
#endif
    result<void> notify(const std::nothrow_t &) noexcept {
        return call([](zinc_region *region) { return zinc_region_notify(region); });
    }

    // Wait for a notification that this handle has not seen: true when it came; false when the time
    // ran out, or a stop was requested, before or during the wait. Signals do not end it.
#if ZINC_HAS_EXCEPTIONS
    bool wait(timeout limit = {}) {
        return wait_for(limit, nullptr).value();
    }
    bool wait(timeout limit, cancel &stop) {
        return wait_for(limit, stop.native_handle()).value();
    }
    bool wait(cancel &stop) {
        return wait(timeout(), stop);
    }
#endif
    result<bool> wait(const std::nothrow_t &, timeout limit = {}) noexcept {
        return wait_for(limit, nullptr);
    }
    result<bool> wait(const std::nothrow_t &, timeout limit, cancel &stop) noexcept {
        return wait_for(limit, stop.native_handle());
    }
    result<bool> wait(const std::nothrow_t &, cancel &stop) noexcept {
        return wait(std::nothrow, timeout(), stop);
    }
#if ZINC_HAS_STOP_TOKEN
#if ZINC_HAS_EXCEPTIONS
    bool wait(timeout limit, const std::stop_token &stop) {
        return wait_for(limit, stop).value();
    }
    bool wait(const std::stop_token &stop) {
        return wait_for(timeout(), stop).value();
    }
#endif
    result<bool> wait(const std::nothrow_t &, timeout limit, const std::stop_token &stop) noexcept {
        return wait_for(limit, stop);
    }
    result<bool> wait(const std::nothrow_t &, const std::stop_token &stop) noexcept {
        return wait_for(timeout(), stop);
    }
#endif

    // Ask once: true if a notification came that this handle has not seen.
#if ZINC_HAS_EXCEPTIONS
    bool try_wait() {
        return wait(0);
    }
#endif
    result<bool> try_wait(const std::nothrow_t &) noexcept {
        return wait(std::nothrow, 0);
    }

    // ---- Waiting without a thread ----------------------------------------------------------

    // Start a wait on the queue; `handler` is called once, by queue.run(), with what wait() would
    // have said. Returns the token for queue.cancel().
#if ZINC_HAS_EXCEPTIONS
    template <class Handler,
              std::enable_if_t<std::is_invocable_v<Handler &, result<bool>>, int> = 0>
    std::uint64_t wait_async(events &queue, timeout limit, Handler handler) {
        return wait_async(std::nothrow, queue, limit, std::move(handler)).value();
    }
    template <class Handler,
              std::enable_if_t<std::is_invocable_v<Handler &, result<bool>>, int> = 0>
    std::uint64_t wait_async(events &queue, Handler handler) {
        return wait_async(std::nothrow, queue, timeout(), std::move(handler)).value();
    }
#endif
    template <class Handler,
              std::enable_if_t<std::is_invocable_v<Handler &, result<bool>>, int> = 0>
    result<std::uint64_t> wait_async(const std::nothrow_t &, events &queue, timeout limit,
                                     Handler handler) noexcept {
        using wait = detail::handler_wait<Handler>;
        return detail::without_throwing([&]() -> result<std::uint64_t> {
            const detail::region_call call(block_);
            return wait::start(std::make_unique<wait>(queue.shared_queue(), reference(call), limit,
                                                      refusal(call), std::move(handler)));
        });
    }
    template <class Handler,
              std::enable_if_t<std::is_invocable_v<Handler &, result<bool>>, int> = 0>
    result<std::uint64_t> wait_async(const std::nothrow_t &, events &queue,
                                     Handler handler) noexcept {
        return wait_async(std::nothrow, queue, timeout(), std::move(handler));
    }

#if ZINC_HAS_COROUTINES
    // co_await region.wait_async(queue, 500ms, stop): what wait() says, the coroutine being resumed
    // by queue.run(). Errors come out of co_await. A coroutine that is destroyed while it waits
    // gives the wait up.
#if ZINC_HAS_EXCEPTIONS
    detail::awaitable_wait<bool> wait_async(events &queue, timeout limit = {}) {
        return awaitable<bool>(queue, limit, nullptr);
    }
    detail::awaitable_wait<bool> wait_async(events &queue, timeout limit,
                                            const std::stop_token &stop) {
        return awaitable<bool>(queue, limit, &stop);
    }
    detail::awaitable_wait<bool> wait_async(events &queue, const std::stop_token &stop) {
        return awaitable<bool>(queue, {}, &stop);
    }
#endif
    detail::awaitable_wait<result<bool>> wait_async(const std::nothrow_t &, events &queue,
                                                    timeout limit = {}) noexcept {
        return awaitable<result<bool>>(queue, limit, nullptr);
    }
    detail::awaitable_wait<result<bool>> wait_async(const std::nothrow_t &, events &queue,
                                                    timeout limit,
                                                    const std::stop_token &stop) noexcept {
        return awaitable<result<bool>>(queue, limit, &stop);
    }
    detail::awaitable_wait<result<bool>> wait_async(const std::nothrow_t &, events &queue,
                                                    const std::stop_token &stop) noexcept {
        return awaitable<result<bool>>(queue, {}, &stop);
    }
#endif

    // ---- Facts -----------------------------------------------------------------------------

    // Bytes, as grown by whichever process.
#if ZINC_HAS_EXCEPTIONS
    std::size_t capacity() const {
        return capacity(std::nothrow).value();
    }
#endif
    result<std::size_t> capacity(const std::nothrow_t &) const noexcept {
        const detail::region_call call(block_);
        if (!call) {
            return closed_failure();
        }
        return capacity_of(call.handle());
    }

    // The address of the first byte as a number, for showing that nobody copied.
#if ZINC_HAS_EXCEPTIONS
    std::uintptr_t address() const {
        return address(std::nothrow).value();
    }
#endif
    result<std::uintptr_t> address(const std::nothrow_t &) const noexcept {
        if (closed()) {
            return closed_failure();
        }
        return reinterpret_cast<std::uintptr_t>(block_->data());
    }

#if ZINC_HAS_EXCEPTIONS
    region_info info() const {
        return info(std::nothrow).value();
    }
#endif
    result<region_info> info(const std::nothrow_t &) const noexcept {
        const detail::region_call call(block_);
        if (!call) {
            return closed_failure();
        }
        zinc_info facts{};
        facts.size = sizeof facts;
        const std::int32_t status = zinc_region_info(call.handle(), &facts);
        if (status != ZINC_OK) {
            return call.describe(status);
        }
        return detail::without_throwing(
            [&]() -> result<region_info> { return detail::to_info(facts, ZINC_OK); });
    }

    // The name, or a private region's label; kept after close(). Valid while this object lives.
    std::string_view name() const &noexcept {
        return block_ != nullptr ? block_->name() : "";
    }
    void name() && = delete;
    void name() const && = delete;

    bool closed() const noexcept {
        return block_ == nullptr || block_->closed();
    }
    explicit operator bool() const noexcept {
        return !closed();
    }
    bool read_only() const noexcept {
        return block_ != nullptr && block_->read_only();
    }

    // ---- More ------------------------------------------------------------------------------

    // Make the region longer, in place: no pointer moves, new bytes are zero, everybody is
    // notified.
#if ZINC_HAS_EXCEPTIONS
    void grow(byte_count capacity) {
        grow(std::nothrow, capacity).value();
    }
#endif
    result<void> grow(const std::nothrow_t &, byte_count capacity) noexcept {
        if (capacity.status() != ZINC_OK) {
            return capacity.refusal("a capacity");
        }
        return call(
            [&](zinc_region *region) { return zinc_region_grow(region, capacity.value()); });
    }

    // A new descriptor of the region, the caller's to close, to be handed to another process.
#if ZINC_HAS_EXCEPTIONS
    int descriptor() const {
        return descriptor(std::nothrow).value();
    }
#endif
    result<int> descriptor(const std::nothrow_t &) const noexcept {
        std::int32_t made = -1;
        const auto done =
            call([&](zinc_region *region) { return zinc_region_descriptor(region, &made); });
        if (!done) {
            return done.error();
        }
        return static_cast<int>(made);
    }

    // Send the region over a connected unix socket; the other side calls receive().
#if ZINC_HAS_EXCEPTIONS
    void send(int socket) const {
        send(std::nothrow, socket).value();
    }
#endif
    result<void> send(const std::nothrow_t &, int socket) const noexcept {
        return call([&](zinc_region *region) { return zinc_region_send(region, socket); });
    }

    // The C handle, borrowed until close(); nullptr when closed.
    zinc_region *native_handle() noexcept {
        return closed() ? nullptr : block_->handle();
    }

    // End this handle's participation. Waits of other threads on it end with closed_error, and the
    // bytes go when the calls in progress have ended. Closing twice is harmless.
    void close() noexcept {
        if (block_ != nullptr) {
            block_->close();
        }
    }

  private:
    using named_maker = std::int32_t (*)(const char *, std::size_t, const zinc_region_options *,
                                         zinc_region **, zinc_error *);

    static result<SharedRegion> make(named_maker maker, const region_name &name,
                                     byte_count capacity, const options &with) noexcept {
        if (const auto refused = name.refusal()) {
            return *refused;
        }
        if (capacity.status() != ZINC_OK) {
            return capacity.refusal("a capacity");
        }
        return make(with, false,
                    [&](auto... rest) { return maker(name.c_str(), capacity.value(), rest...); });
    }
    template <class Maker>
    static result<SharedRegion> make(const options &with, bool ask, Maker &&maker) noexcept {
        if (with.max_capacity.status() != ZINC_OK) {
            return with.max_capacity.refusal("a max_capacity");
        }
        const zinc_region_options given = detail::to_c(with);
        zinc_region *made = nullptr;
        zinc_error detail = detail::no_error();
        const std::int32_t status =
            maker(&given, static_cast<zinc_region **>(&made), static_cast<zinc_error *>(&detail));
        if (status != ZINC_OK) {
            return detail::failed(status, detail);
        }
        return own(made, ask, with.read_only);
    }
    // What was attached may be read-only without having been asked to.
    static result<SharedRegion> own(zinc_region *handle, bool ask, bool read_only) noexcept {
        if (ask && !read_only) {
            zinc_info facts{};
            facts.size = sizeof facts;
            read_only = zinc_region_info(handle, &facts) == ZINC_OK &&
                        (facts.flags & ZINC_INFO_READ_ONLY) != 0;
        }
        SharedRegion region;
        region.block_ = new (std::nothrow) detail::region_block(handle, read_only);
        if (region.block_ == nullptr) {
            zinc_close(handle);
            return failure(ZINC_E_NOMEM);
        }
        return region;
    }

    failure closed_failure() const noexcept {
        return block_ != nullptr
                   ? detail::closed_region(block_->name())
                   : failure::format(ZINC_E_CLOSED,
                                     "the region is closed: it was moved away or never opened");
    }
    failure read_only_failure() const noexcept {
        return failure::format(ZINC_E_PERM,
                               "region \"%s\" is open read-only: use cbytes(), cdata(), "
                               "as<const T>() or shared_cbytes(), or open it without read_only",
                               block_->name());
    }
    template <class Call> result<void> call(Call &&action) const noexcept {
        const detail::region_call call(block_);
        if (!call) {
            return closed_failure();
        }
        const std::int32_t status = action(call.handle());
        if (status != ZINC_OK) {
            return call.describe(status);
        }
        return {};
    }

    // Once the call is entered nothing of this object is touched, which may be gone when it ends.
    result<bool> wait_for(timeout limit, zinc_cancel *stop) noexcept {
        if (!limit.valid()) {
            return failure::format(ZINC_E_INVAL, "a timeout cannot be negative");
        }
        const detail::region_call call(block_);
        if (!call) {
            return closed_failure();
        }
        const std::uint32_t seen = zinc_region_seen(call.handle());
        for (;;) {
            const std::int32_t status =
                zinc_region_wait_from(call.handle(), seen, limit.deadline_ns(), stop);
            switch (status) {
            case ZINC_OK:
                return true;
            case ZINC_E_INTR:
                continue;
            case ZINC_E_TIMEDOUT:
                if (!limit.passed()) {
                    continue;
                }
                return false;
            case ZINC_E_CANCELED:
                return false;
            default:
                return call.describe(status);
            }
        }
    }
#if ZINC_HAS_STOP_TOKEN
    result<bool> wait_for(timeout limit, const std::stop_token &stop) noexcept {
        if (!stop.stop_possible()) {
            return wait_for(limit, nullptr);
        }
        result<cancel> fired = cancel::create(std::nothrow);
        if (!fired) {
            return fired.error();
        }
        cancel &bridge = *fired;
        const std::stop_callback on_stop(stop, [&bridge]() noexcept { bridge.fire(); });
        return wait_for(limit, bridge.native_handle());
    }
#endif

    result<std::size_t> capacity_of(zinc_region *region) const noexcept {
        const std::size_t capacity = zinc_capacity(region);
        if (capacity == 0) {
            // No region has a capacity of 0: the handle does not work.
            const std::int32_t status = zinc_region_status(region);
            return status == ZINC_E_CLOSED ? closed_failure() : detail::explain(region, status);
        }
        return capacity;
    }

    template <class T> static constexpr void check_element() noexcept {
        static_assert(std::is_trivially_copyable_v<T>,
                      "only trivially copyable types mean the same in every process");
        static_assert(!std::is_pointer_v<T>,
                      "an address of this process means nothing in another: store offsets");
        static_assert(alignof(T) <= 4096, "the bytes begin at a page");
    }
    template <class T> result<zinc::span<T>> elements() const noexcept {
        check_element<T>();
        const auto capacity = this->capacity(std::nothrow);
        if (!capacity) {
            return capacity.error();
        }
        if (!std::is_const_v<T> && block_->read_only()) {
            return read_only_failure();
        }
        if (*capacity % sizeof(T) != 0) {
            return failure::format(ZINC_E_INVAL,
                                   "the %zu bytes of region \"%s\" are no whole number of elements "
                                   "of %zu bytes: say which with as<T>(offset, count)",
                                   *capacity, block_->name(), sizeof(T));
        }
        return zinc::span<T>(reinterpret_cast<T *>(block_->data()), *capacity / sizeof(T));
    }
    template <class T>
    result<zinc::span<T>> elements(byte_count offset, byte_count count) const noexcept {
        check_element<T>();
        if (offset.status() != ZINC_OK) {
            return offset.refusal("an offset");
        }
        if (count.status() != ZINC_OK) {
            return count.refusal("a count");
        }
        const auto capacity = this->capacity(std::nothrow);
        if (!capacity) {
            return capacity.error();
        }
        if (!std::is_const_v<T> && block_->read_only()) {
            return read_only_failure();
        }
        if (offset.value() % alignof(T) != 0) {
            return failure::format(ZINC_E_INVAL,
                                   "offset %zu is not aligned for elements: it must "
                                   "be a multiple of %zu",
                                   offset.value(), alignof(T));
        }
        if (offset.value() > *capacity ||
            count.value() > (*capacity - offset.value()) / sizeof(T)) {
            return failure::format(ZINC_E_OVERFLOW,
                                   "%zu elements of %zu bytes from byte %zu do not fit into the "
                                   "%zu bytes of region \"%s\"",
                                   count.value(), sizeof(T), offset.value(), *capacity,
                                   block_->name());
        }
        return zinc::span<T>(reinterpret_cast<T *>(block_->data() + offset.value()), count.value());
    }

    template <class T>
    result<owned_span<T>> keep(std::optional<byte_count> offset,
                               std::optional<byte_count> size) const noexcept {
        if (offset && offset->status() != ZINC_OK) {
            return offset->refusal("an offset");
        }
        if (size && size->status() != ZINC_OK) {
            return size->refusal("a size");
        }
        const detail::region_call call(block_);
        if (!call) {
            return closed_failure();
        }
        if (!std::is_const_v<T> && block_->read_only()) {
            return read_only_failure();
        }
        const auto capacity = capacity_of(call.handle());
        if (!capacity) {
            return capacity.error();
        }
        const std::size_t from = offset ? offset->value() : 0;
        const std::size_t length = size ? size->value() : *capacity;
        std::uint8_t *bytes = nullptr;
        void *context = nullptr;
        const std::int32_t status =
            zinc_view_acquire(call.handle(), from, length, &bytes, &context);
        if (status != ZINC_OK) {
            return call.describe(status);
        }
        // The deleter runs even if the shared pointer cannot be made.
        return detail::without_throwing([&]() -> result<owned_span<T>> {
            std::shared_ptr<T[]> kept(reinterpret_cast<T *>(bytes), [context](T *first) {
                zinc_view_release(const_cast<std::byte *>(first), context);
            });
            return owned_span<T>(std::move(kept), length);
        });
    }

    detail::region_reference reference(const detail::region_call &call) const noexcept {
        return call ? detail::region_reference(call.handle()) : detail::region_reference();
    }
    std::optional<failure> refusal(const detail::region_call &call) const noexcept {
        if (call) {
            return std::nullopt;
        }
        return closed_failure();
    }

#if ZINC_HAS_COROUTINES
    template <class Result>
    detail::awaitable_wait<Result> awaitable(events &queue, timeout limit,
                                             const std::stop_token *stop) noexcept {
        const detail::region_call call(block_);
        return {queue.shared_queue(), reference(call), limit, refusal(call),
                stop != nullptr ? *stop : std::stop_token()};
    }
#endif

    detail::region_block *block_ = nullptr;
};

static_assert(std::is_nothrow_move_constructible_v<SharedRegion> &&
                  std::is_nothrow_move_assignable_v<SharedRegion>,
              "handles move without throwing");
static_assert(!std::is_copy_constructible_v<SharedRegion>, "a handle is one participation");

} // namespace ZINC_MODE
} // namespace zinc

#endif
