// SPDX-License-Identifier: MIT
// Zinc: waits that cost no thread.
//
// A zinc::events is a queue of waits, one an event loop. A wait started on it (wait_async of a
// region) is watched by the library's helper threads, a hundred and more a thread; when it ends,
// the code that waits for it goes on inside events::run(), on the thread that called run(), and
// nowhere else: no user code ever runs on a helper.
//
//     zinc::events queue;
//     reader(region, queue);      // a coroutine: `co_await region.wait_async(queue, 500ms)`
//     queue.run();                // returns when nothing is waited for any more
//
// Inside another loop (epoll, asio, Qt): watch descriptor() for reading, and call poll().
//
// What must hold
//   - A token names one wait for ever: it comes from a counter and not from an address, so a late
//     cancel never meets a stranger, and the completion of a wait whose coroutine was destroyed
//     finds nobody.
//   - From zinc_events_wait on, a wait may complete, and its owner be gone, before the call has
//     returned: nothing of the operation is touched afterwards.
//   - No lock is held while user code runs.
#ifndef ZINC_EVENTS_HPP
#define ZINC_EVENTS_HPP

#include <zinc/events.h>
#include <zinc/wait.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#if ZINC_HAS_COROUTINES
#include <coroutine>
#endif

namespace zinc {
inline namespace ZINC_MODE {

namespace detail {

// What the region's handle says about a status, with its name, numbers and remedy.
inline failure explain(zinc_region *region, std::int32_t status) noexcept {
    zinc_error detail;
    detail.status = status;
    detail.system_errno = 0;
    detail.message[0] = '\0';
    zinc_region_explain(region, status, &detail);
    detail.status = status;
    return failure(detail);
}

inline failure closed_region(const char *name) noexcept {
    return failure::format(ZINC_E_CLOSED,
                           "region \"%s\" is closed: create or open it again to go on", name);
}

// A counted reference to a handle.
class region_reference {
  public:
    region_reference() noexcept = default;
    explicit region_reference(zinc_region *region) noexcept : region_(zinc_region_retain(region)) {}
    region_reference(region_reference &&other) noexcept
        : region_(std::exchange(other.region_, nullptr)) {}
    region_reference &operator=(region_reference &&) = delete;
    ~region_reference() {
        zinc_region_release(region_);
    }
    zinc_region *get() const noexcept {
        return region_;
    }

  private:
    zinc_region *region_ = nullptr;
};

// One wait in progress; complete() is called once, from run().
class operation {
  public:
    virtual void complete(std::int32_t status) = 0;

  protected:
    operation() noexcept = default;
    operation(const operation &) = delete;
    operation &operator=(const operation &) = delete;
    ~operation() = default;
};

// The queue itself; shared by the events object and the waits, so that none outlives it.
class event_queue {
  public:
    explicit event_queue(zinc_events *queue) noexcept : queue_(queue) {}
    event_queue(const event_queue &) = delete;
    event_queue &operator=(const event_queue &) = delete;
    ~event_queue() {
        zinc_events_destroy(queue_);
    }

    zinc_events *native() const noexcept {
        return queue_;
    }

    // Give the operation a token; 0 if there is no memory for it.
    std::uint64_t enter(operation &waiting) noexcept {
        const std::lock_guard<std::mutex> lock(mutex_);
#if ZINC_HAS_EXCEPTIONS
        try {
            waiting_.emplace(next_token_, &waiting);
        } catch (...) {
            return 0;
        }
#else
        waiting_.emplace(next_token_, &waiting);
#endif
        return next_token_++;
    }
    // Forget an operation: its completion will find nobody.
    operation *leave(std::uint64_t token) noexcept {
        const std::lock_guard<std::mutex> lock(mutex_);
        const auto found = waiting_.find(token);
        if (found == waiting_.end()) {
            return nullptr;
        }
        operation *const waiting = found->second;
        waiting_.erase(found);
        return waiting;
    }
    void abandon(std::uint64_t token) noexcept {
        if (leave(token) != nullptr) {
            zinc_events_cancel(queue_, token);
        }
    }
    std::size_t size() const noexcept {
        const std::lock_guard<std::mutex> lock(mutex_);
        return waiting_.size();
    }

    // Deliver what has completed and, until `deadline_ns`, what completes; stores the number.
    std::int32_t run(std::int64_t deadline_ns, bool block, std::size_t &delivered) {
        const runner alone(*this);
        if (!alone.owns()) {
            return ZINC_E_BUSY;
        }
        for (;;) {
            deliver(delivered);
            if (block && size() == 0) {
                return ZINC_OK;
            }
            zinc_event batch[64];
            const std::int32_t taken = block ? zinc_events_next(queue_, batch, 64, deadline_ns)
                                             : zinc_events_drain(queue_, batch, 64);
            if (taken == ZINC_E_INTR) {
                continue;
            }
            if (taken == 0 || taken == ZINC_E_TIMEDOUT || taken == ZINC_E_CLOSED) {
                return ZINC_OK;
            }
            if (taken < 0) {
                return taken;
            }
            ready_.insert(ready_.end(), batch, batch + taken);
        }
    }

  private:
    class runner {
      public:
        explicit runner(event_queue &queue) noexcept : queue_(queue) {
            const std::lock_guard<std::mutex> lock(queue_.mutex_);
            owns_ = !std::exchange(queue_.running_, true);
        }
        runner(const runner &) = delete;
        runner &operator=(const runner &) = delete;
        ~runner() {
            if (owns_) {
                const std::lock_guard<std::mutex> lock(queue_.mutex_);
                queue_.running_ = false;
            }
        }
        bool owns() const noexcept {
            return owns_;
        }

      private:
        event_queue &queue_;
        bool owns_ = false;
    };

    // One at a time out of ready_, so that what user code throws costs nobody else a completion:
    // the rest is there for the next run.
    void deliver(std::size_t &delivered) {
        while (next_ready_ < ready_.size()) {
            const zinc_event event = ready_[next_ready_++];
            if (operation *const waiting = leave(event.token)) {
                ++delivered;
                waiting->complete(event.status);
            }
        }
        ready_.clear();
        next_ready_ = 0;
    }

    zinc_events *queue_;
    mutable std::mutex mutex_;
    std::unordered_map<std::uint64_t, operation *> waiting_; // under mutex_
    std::uint64_t next_token_ = 1;                           // under mutex_
    bool running_ = false;                                   // under mutex_
    std::vector<zinc_event> ready_;                          // the runner's own
    std::size_t next_ready_ = 0;                             // the runner's own
};

// A wait on a region: which region, until when, and what its end means.
class region_wait : public operation {
  protected:
    region_wait(std::shared_ptr<event_queue> queue, region_reference region, timeout limit,
                std::optional<failure> refused) noexcept
        : queue_(std::move(queue)), region_(std::move(region)), limit_(limit),
          refused_(std::move(refused)) {
        if (!refused_ && !queue_) {
            refused_ = failure::format(ZINC_E_CLOSED, "the event queue is closed");
        }
        if (!refused_ && !limit_.valid()) {
            refused_ = failure::format(ZINC_E_INVAL, "a timeout cannot be negative");
        }
    }
    ~region_wait() = default;

    // Say why a wait could not be started.
    void refuse(std::int32_t status) noexcept {
        if (status == ZINC_E_CLOSED && zinc_region_status(region_.get()) == ZINC_OK) {
            refused_ = failure::format(ZINC_E_CLOSED, "the event queue is closed");
        } else {
            refused_ = describe(status);
        }
    }
    failure describe(std::int32_t status) const noexcept {
        return status == ZINC_E_CLOSED ? closed_region(zinc_region_name(region_.get()))
                                       : explain(region_.get(), status);
    }
    result<bool> outcome(std::int32_t status) const noexcept {
        if (refused_) {
            return *refused_;
        }
        if (status == ZINC_OK) {
            return true;
        }
        if (status == ZINC_E_TIMEDOUT || status == ZINC_E_CANCELED) {
            return false;
        }
        return describe(status);
    }

    std::shared_ptr<event_queue> queue_;
    region_reference region_;
    timeout limit_;
    std::optional<failure> refused_;
};

// The form with a handler: lives on the heap until it has been called.
template <class Handler> class handler_wait final : public region_wait {
  public:
    handler_wait(std::shared_ptr<event_queue> queue, region_reference region, timeout limit,
                 std::optional<failure> refused, Handler handler)
        : region_wait(std::move(queue), std::move(region), limit, std::move(refused)),
          handler_(std::move(handler)) {}

    // Start, and hand the ownership to the queue. The token, or why not.
    static result<std::uint64_t> start(std::unique_ptr<handler_wait> self) noexcept {
        if (self->refused_) {
            return *self->refused_;
        }
        const std::shared_ptr<event_queue> queue = self->queue_;
        const std::uint64_t token = queue->enter(*self);
        if (token == 0) {
            return failure(ZINC_E_NOMEM);
        }
        handler_wait *const waiting = self.release();
        const std::int32_t status = zinc_events_wait(queue->native(), waiting->region_.get(), token,
                                                     waiting->limit_.deadline_ns());
        if (status != ZINC_OK) {
            queue->leave(token);
            self.reset(waiting);
            self->refuse(status);
            return *self->refused_;
        }
        return token;
    }

    void complete(std::int32_t status) override {
        const std::unique_ptr<handler_wait> self(this);
        handler_(outcome(status));
    }

  private:
    Handler handler_;
};

#if ZINC_HAS_COROUTINES

// What `co_await region.wait_async(queue)` waits with. Result is bool (throws) or result<bool>.
template <class Result> class [[nodiscard]] awaitable_wait final : public region_wait {
  public:
    awaitable_wait(std::shared_ptr<event_queue> queue, region_reference region, timeout limit,
                   std::optional<failure> refused, std::stop_token stop) noexcept
        : region_wait(std::move(queue), std::move(region), limit, std::move(refused)),
          stop_(std::move(stop)) {}

    ~awaitable_wait() {
        callback_.reset();
        if (token_ != 0) {
            queue_->abandon(token_);
        }
    }

    bool await_ready() noexcept {
        if (stop_.stop_requested()) {
            status_ = ZINC_E_CANCELED;
            return true;
        }
        return refused_.has_value();
    }
    // True if suspended. From zinc_events_wait on the coroutine may be running on another thread,
    // so what is needed afterwards are copies on this stack.
    bool await_suspend(std::coroutine_handle<> waiting) noexcept {
        waiting_ = waiting;
        const std::shared_ptr<event_queue> queue = queue_;
        const std::stop_token stop = stop_;
        const std::uint64_t token = queue->enter(*this);
        if (token == 0) {
            refuse(ZINC_E_NOMEM);
            return false;
        }
        token_ = token;
        if (stop.stop_possible()) {
            callback_.emplace(stop, canceler{queue, token});
        }
        const std::int32_t status =
            zinc_events_wait(queue->native(), region_.get(), token, limit_.deadline_ns());
        if (status != ZINC_OK) {
            queue->leave(token);
            token_ = 0;
            refuse(status);
            return false;
        }
        // A stop between emplace and zinc_events_wait found no token to cancel.
        if (stop.stop_requested()) {
            zinc_events_cancel(queue->native(), token);
        }
        return true;
    }
    Result await_resume() {
        callback_.reset();
        result<bool> ended = outcome(status_);
        if constexpr (std::is_same_v<Result, bool>) {
            return std::move(ended).value();
        } else {
            return ended;
        }
    }

    void complete(std::int32_t status) override {
        token_ = 0;
        status_ = status;
        waiting_.resume();
    }

  private:
    struct canceler {
        std::shared_ptr<event_queue> queue;
        std::uint64_t token;
        void operator()() const noexcept {
            zinc_events_cancel(queue->native(), token);
        }
    };

    std::stop_token stop_;
    std::optional<std::stop_callback<canceler>> callback_;
    std::coroutine_handle<> waiting_;
    std::uint64_t token_ = 0;
    std::int32_t status_ = ZINC_OK;
};

#endif

} // namespace detail

// A queue of waits. Waits may be started and cancelled from any thread; one thread at a time runs
// it (a second one is answered BUSY), and that thread must not run it again from inside.
class events {
  public:
#if ZINC_HAS_EXCEPTIONS
    events() : events(create(std::nothrow).value()) {}
#endif
    static result<events> create(const std::nothrow_t &) noexcept {
        zinc_events *made = nullptr;
        const std::int32_t status = zinc_events_create(&made);
        if (status != ZINC_OK) {
            return failure(status);
        }
        return detail::without_throwing([made]() -> result<events> {
            std::unique_ptr<zinc_events, destroyer> owner(made);
            auto queue = std::make_shared<detail::event_queue>(made);
            owner.release();
            return events(std::move(queue));
        });
    }

    events(events &&) noexcept = default;
    events &operator=(events &&) = delete;

    // Ends what is waited for, as close(), and delivers it here, so that no coroutine is left
    // hanging; what one of them throws then is lost. In a forked child nothing is delivered.
    ~events() {
        if (!queue_ || zinc_events_close(queue_->native()) != ZINC_OK) {
            return;
        }
        std::size_t delivered = 0;
        do {
            delivered = 0;
#if ZINC_HAS_EXCEPTIONS
            try {
                queue_->run(ZINC_FOREVER, true, delivered);
            } catch (...) {
                continue;
            }
#else
            queue_->run(ZINC_FOREVER, true, delivered);
#endif
        } while (delivered != 0);
    }

    // Deliver completions until nothing is waited for any more, or until the timeout. Returns how
    // many were delivered. What a handler or coroutine throws comes out here; the other completions
    // are kept for the next run.
#if ZINC_HAS_EXCEPTIONS
    std::size_t run(timeout limit = {}) {
        return run(std::nothrow, limit).value();
    }
#endif
    result<std::size_t> run(const std::nothrow_t &, timeout limit = {}) {
        if (!limit.valid()) {
            return failure::format(ZINC_E_INVAL, "a timeout cannot be negative");
        }
        return deliver(limit.deadline_ns(), true);
    }

    // Deliver what has completed, without blocking. Returns how many that were.
#if ZINC_HAS_EXCEPTIONS
    std::size_t poll() {
        return poll(std::nothrow).value();
    }
#endif
    result<std::size_t> poll(const std::nothrow_t &) {
        return deliver(0, false);
    }

    // A descriptor that is readable while poll() would deliver something. Belongs to the queue.
#if ZINC_HAS_EXCEPTIONS
    int descriptor() {
        return descriptor(std::nothrow).value();
    }
#endif
    result<int> descriptor(const std::nothrow_t &) noexcept {
        std::int32_t made = -1;
        const std::int32_t status = zinc_events_fd(native_handle(), &made);
        if (status != ZINC_OK) {
            return failure(status);
        }
        return static_cast<int>(made);
    }

    // End the wait that was started with this token: it is delivered as false. Returns false if it
    // has ended already.
    bool cancel(std::uint64_t token) noexcept {
        return zinc_events_cancel(native_handle(), token) == ZINC_OK;
    }

    // How many waits have not been delivered.
    std::size_t pending() const noexcept {
        return queue_ ? queue_->size() : 0;
    }

    // End all waits: they are delivered as false. New ones are refused (CLOSED). Any thread.
    void close() noexcept {
        if (queue_) {
            zinc_events_close(queue_->native());
        }
    }

    zinc_events *native_handle() noexcept {
        return queue_ ? queue_->native() : nullptr;
    }

    // For the library's own classes, which start waits.
    const std::shared_ptr<detail::event_queue> &shared_queue() const noexcept {
        return queue_;
    }

  private:
    struct destroyer {
        void operator()(zinc_events *queue) const noexcept {
            zinc_events_destroy(queue);
        }
    };

    explicit events(std::shared_ptr<detail::event_queue> queue) noexcept
        : queue_(std::move(queue)) {}

    result<std::size_t> deliver(std::int64_t deadline_ns, bool block) {
        if (!queue_) {
            return failure::format(ZINC_E_CLOSED, "the event queue is closed");
        }
        std::size_t delivered = 0;
        const std::int32_t status = queue_->run(deadline_ns, block, delivered);
        if (status == ZINC_E_BUSY) {
            return failure::format(ZINC_E_BUSY, "another thread runs this event queue");
        }
        if (status != ZINC_OK) {
            return failure(status);
        }
        return delivered;
    }

    std::shared_ptr<detail::event_queue> queue_;
};

} // namespace ZINC_MODE
} // namespace zinc

#endif
