/* SPDX-License-Identifier: MIT */
/* The region for Ruby, Perl, Lua, PHP, Tcl and R: what SWIG is told of binding.h. The language's
 * thin file (LANGUAGE/typemaps.i) says how these become its own:
 *
 *     binding_value     in and out: any value
 *     binding_bytes     in: a byte string
 *     binding_reading   out: a byte string, filled by binding_reading_into
 *     zinc_error *      no argument: a failure is the language's own error
 *
 * What users see is written in their language on top of this (LANGUAGE/zinc.*). */
%module zinc_core

%{
#include "binding.h"
%}

%nodefaultctor;
%nodefaultdtor;

#if defined(SWIGRUBY)
%include "ruby/typemaps.i"
#elif defined(SWIGPERL)
%include "perl/typemaps.i"
#elif defined(SWIGLUA)
%include "lua/typemaps.i"
#elif defined(SWIGPHP)
%include "php/typemaps.i"
#elif defined(SWIGTCL)
%include "tcl/typemaps.i"
#elif defined(SWIGR)
%include "r/typemaps.i"
#endif

%rename(Options) binding_options;
%rename(Handle) binding_handle;
%rename(Wait) binding_wait;
%rename(Facts) binding_facts;
%rename(List) binding_list;
#if defined(SWIGPHP)
/* PHP's extensions have no namespace; classes get a prefix on the command line. */
%rename("zinc_core_%(strip:[binding_])s", %$isfunction, %$not %$ismember) "";
#else
%rename("%(strip:[binding_])s", %$isfunction) "";
#endif

%newobject binding_create;
%newobject binding_open;
%newobject binding_open_or_create;
%newobject binding_replace;
%newobject binding_handle::start;
%newobject binding_handle::info;
%newobject binding_list_begin;
%newobject binding_list::following;
%newobject binding_lookup;
%newobject binding_gc;
%newobject binding_doctor;

typedef struct binding_options {
    %extend {
        binding_options();
        ~binding_options();
        void set(binding_value option, binding_value value, zinc_error *failure);
    }
} binding_options;

typedef struct binding_wait {
    %extend {
        ~binding_wait();
        int step(zinc_error *failure);
    }
} binding_wait;

typedef struct binding_facts {
    %extend {
        ~binding_facts();
        int size();
        const char *name(int index);
        binding_value value(int index);
    }
} binding_facts;

typedef struct binding_handle {
    %extend {
        ~binding_handle();
        void close();
        int closed();
        const char *name();
        binding_reading read(binding_value offset, binding_value length, zinc_error *failure);
        void write(binding_value offset, binding_bytes bytes, zinc_error *failure);
        void notify(zinc_error *failure);
        binding_wait *start(binding_value timeout, zinc_error *failure);
        int try_wait(zinc_error *failure);
        uint64_t capacity(zinc_error *failure);
        uint64_t address(zinc_error *failure);
        binding_facts *info(zinc_error *failure);
        void grow(binding_value capacity, zinc_error *failure);
        void unlink(zinc_error *failure);
    }
} binding_handle;

typedef struct binding_list {
    %extend {
        ~binding_list();
        binding_facts *following(zinc_error *failure);
    }
} binding_list;

binding_handle *binding_create(binding_value name, binding_value capacity,
                               const binding_options *options, zinc_error *failure);
binding_handle *binding_open(binding_value name, const binding_options *options,
                             zinc_error *failure);
binding_handle *binding_open_or_create(binding_value name, binding_value capacity,
                                       const binding_options *options, zinc_error *failure);
binding_handle *binding_replace(binding_value name, binding_value capacity,
                                const binding_options *options, zinc_error *failure);
binding_list *binding_list_begin(zinc_error *failure);
binding_facts *binding_lookup(binding_value name, zinc_error *failure);
void binding_remove(binding_value name, zinc_error *failure);
binding_facts *binding_gc(binding_value dry_run, zinc_error *failure);
binding_facts *binding_doctor(zinc_error *failure);

const char *zinc_version_text(void);
const char *zinc_error_remedy(int status);
uint32_t zinc_version(void);
