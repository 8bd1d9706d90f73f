/* SPDX-License-Identifier: MIT */
/* Ruby: values, strings, exceptions, a wait without the VM lock, and IO::Buffer views. */
%{
#include <ruby/io/buffer.h>
#include <ruby/thread.h>

static binding_value binding_from_ruby(VALUE value) {
    switch (TYPE(value)) {
    case T_NIL:
        return binding_none();
    case T_TRUE:
    case T_FALSE:
        return binding_boolean(RTEST(value));
    case T_FIXNUM:
        return binding_whole(FIX2LONG(value));
    case T_BIGNUM: {
        int64_t whole = 0;
        int sign = rb_integer_pack(value, &whole, 1, sizeof whole, 0,
                                   INTEGER_PACK_NATIVE_BYTE_ORDER | INTEGER_PACK_2COMP);
        return sign == 1 && whole > 0 ? binding_whole(whole) : binding_big();
    }
    case T_STRING:
        return binding_text(RSTRING_PTR(value), (size_t)RSTRING_LEN(value));
    case T_SYMBOL:
        value = rb_sym2str(value);
        return binding_text(RSTRING_PTR(value), (size_t)RSTRING_LEN(value));
    default:
        return binding_other(rb_obj_classname(value));
    }
}

static VALUE binding_to_ruby(binding_value value) {
    switch (value.kind) {
    case BINDING_BOOLEAN:
        return value.whole ? Qtrue : Qfalse;
    case BINDING_WHOLE:
        return LL2NUM(value.whole);
    case BINDING_NATURAL:
        return ULL2NUM(value.natural);
    case BINDING_TEXT:
        return rb_utf8_str_new(value.text, (long)value.length);
    default:
        return Qnil;
    }
}

static binding_bytes binding_bytes_from_ruby(VALUE value) {
    binding_bytes bytes = {NULL, 0, NULL};
    if (RB_TYPE_P(value, T_STRING)) {
        bytes.data = RSTRING_PTR(value);
        bytes.size = (size_t)RSTRING_LEN(value);
    } else if (rb_obj_is_kind_of(value, rb_cIOBuffer)) {
        rb_io_buffer_get_bytes_for_reading(value, &bytes.data, &bytes.size);
    } else {
        bytes.refused = "a String or an IO::Buffer";
    }
    return bytes;
}

/* The exception itself is made in Ruby, where its classes are. */
static void binding_raise(const zinc_error *failure) {
    VALUE zinc = rb_const_get(rb_cObject, rb_intern("Zinc"));
    VALUE made = rb_funcall(zinc, rb_intern("failure"), 4,
                            rb_str_new_cstr(binding_error_kind(failure->status)),
                            rb_str_new_cstr(binding_error_name(failure->status)),
                            INT2NUM(binding_error_status(failure->status)),
                            rb_utf8_str_new_cstr(failure->message));
    rb_exc_raise(made);
}

static VALUE binding_string_of(binding_reading reading) {
    zinc_error failure;
    VALUE text = rb_str_new(NULL, (long)reading.size);
    if (!binding_reading_into(reading, RSTRING_PTR(text), &failure)) {
        binding_raise(&failure);
    }
    return text;
}
%}

%typemap(in) binding_value "$1 = binding_from_ruby($input);"
%typemap(out) binding_value "$result = binding_to_ruby($1);"
%typemap(in) binding_bytes "$1 = binding_bytes_from_ruby($input);"
%typemap(out) binding_reading "$result = binding_string_of($1);"
%typemap(out) uint64_t "$result = ULL2NUM($1);"
%typemap(out) uint32_t "$result = UINT2NUM($1);"
%typemap(in, numinputs=0) zinc_error *failure (zinc_error failure) {
    failure.status = 0;
    $1 = &failure;
}
%typemap(argout) zinc_error *failure {
    if ($1->status != 0) {
        binding_raise($1);
    }
}

/* ---- Blocking without the VM lock ---------------------------------------------------------- */

%{
typedef struct binding_ruby_call {
    binding_runner run;
    binding_call *call;
    int ran;
} binding_ruby_call;

static void *binding_ruby_run(void *context) {
    binding_ruby_call *made = (binding_ruby_call *)context;
    made->ran = 1;
    made->run(made->call);
    return NULL;
}

/* Nothing may be raised before the caller has what the call made: Ruby looks at its interrupts when
 * the method returns. With one pending, this function of Ruby's runs nothing. */
static void binding_ruby_blocking(binding_runner run, binding_call *call) {
    binding_ruby_call made = {run, call, 0};
    rb_thread_call_without_gvl2(binding_ruby_run, &made, NULL, NULL);
    if (!made.ran) {
        run(call);
    }
}
%}

%init %{
    binding_blocking = binding_ruby_blocking;
%}

/* ---- Waiting without the VM lock ----------------------------------------------------------- */

%{
typedef struct binding_ruby_wait {
    zinc_region *region;
    zinc_cancel *cancel;
    int64_t deadline;
    uint32_t seen;
    int32_t status;
    zinc_error *failure;
} binding_ruby_wait;

static void *binding_ruby_blocked(void *context) {
    binding_ruby_wait *wait = (binding_ruby_wait *)context;
    wait->status = zinc_region_wait_from(wait->region, wait->seen, wait->deadline, wait->cancel);
    return NULL;
}

/* Called by whichever thread interrupts this one: a signal, Thread#raise, Thread#kill, Timeout. */
static void binding_ruby_unblock(void *context) {
    zinc_cancel_fire(((binding_ruby_wait *)context)->cancel);
}

static VALUE binding_ruby_waiting(VALUE context) {
    binding_ruby_wait *wait = (binding_ruby_wait *)context;
    for (;;) {
        /* A cancellation is for good, and the interrupt may turn out to be none. */
        int32_t status = zinc_cancel_create(&wait->cancel);
        if (status != ZINC_OK) {
            wait->status = status;
            return Qnil;
        }
        wait->status = ZINC_E_CANCELED;
        rb_thread_call_without_gvl(binding_ruby_blocked, wait, binding_ruby_unblock, wait);
        zinc_cancel_destroy(wait->cancel);
        wait->cancel = NULL;
        if (wait->status != ZINC_E_CANCELED && wait->status != ZINC_E_INTR) {
            return Qnil;
        }
        rb_thread_check_ints();
    }
}

static VALUE binding_ruby_waited(VALUE context) {
    binding_ruby_wait *wait = (binding_ruby_wait *)context;
    zinc_cancel_destroy(wait->cancel);
    int32_t status = wait->status;
    int expected = status == ZINC_E_TIMEDOUT || status == ZINC_E_CANCELED || status == ZINC_E_INTR;
    binding_unpin(wait->region, expected ? ZINC_OK : status, wait->failure);
    return Qnil;
}

static int binding_handle_wait(binding_handle *handle, binding_value timeout,
                               zinc_error *failure) {
    binding_ruby_wait wait;
    memset(&wait, 0, sizeof wait);
    wait.deadline = binding_deadline(timeout, failure);
    wait.region = wait.deadline < 0 ? NULL : binding_pin(handle, failure);
    if (wait.region == NULL) {
        return 0;
    }
    wait.seen = zinc_region_seen(wait.region);
    wait.failure = failure;
    rb_ensure(binding_ruby_waiting, (VALUE)&wait, binding_ruby_waited, (VALUE)&wait);
    return wait.status == ZINC_OK;
}
%}

%extend binding_handle {
    int wait(binding_value timeout, zinc_error *failure);
}

/* ---- Views --------------------------------------------------------------------------------- */

%{
static void binding_ruby_view_free(void *context) {
    zinc_view_release(NULL, context);
}

static const rb_data_type_t binding_ruby_view = {
    "Zinc::View", {NULL, binding_ruby_view_free, NULL, NULL, {NULL}}, NULL, NULL,
    RUBY_TYPED_FREE_IMMEDIATELY};

/* An IO::Buffer knows no owner: it carries the view that keeps its bytes as a variable, and so do
 * its slices, which refer to it. */
static VALUE binding_handle_buffer(binding_handle *handle, binding_value offset,
                                   binding_value length, zinc_error *failure) {
    binding_reading reading = binding_handle_read(handle, offset, length, failure);
    if (failure->status != 0) {
        return Qnil;
    }
    VALUE owner = TypedData_Wrap_Struct(rb_cObject, &binding_ruby_view, NULL);
    zinc_region *region = binding_pin(handle, failure);
    if (region == NULL) {
        return Qnil;
    }
    const void *bytes = NULL;
    void *context = NULL;
    int32_t status = binding_view(region, reading.offset, reading.size, &bytes, &context);
    RTYPEDDATA_DATA(owner) = context;
    binding_unpin(region, status, failure);
    if (status != ZINC_OK) {
        return Qnil;
    }
    int flags = RB_IO_BUFFER_EXTERNAL | (handle->read_only ? RB_IO_BUFFER_READONLY : 0);
    VALUE buffer = rb_io_buffer_new((void *)(uintptr_t)bytes, reading.size,
                                    (enum rb_io_buffer_flags)flags);
    rb_ivar_set(buffer, rb_intern("@zinc_view"), owner);
    /* What moves the address to another object leaves the variable behind. */
    rb_undef_method(rb_singleton_class(buffer), "transfer");
    return buffer;
}
%}

%typemap(out) VALUE "$result = $1;"
%extend binding_handle {
    VALUE buffer(binding_value offset, binding_value length, zinc_error *failure);
}
