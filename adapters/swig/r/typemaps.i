/* SPDX-License-Identifier: MIT */
/* R: vectors of length one, raw vectors, and conditions. */
%{
#include <R_ext/Utils.h>

static binding_value binding_from_r(SEXP object) {
    if (Rf_isNull(object)) {
        return binding_none();
    }
    if (Rf_isFactor(object)) {
        return binding_other("a factor");
    }
    if (!Rf_isVector(object)) {
        return binding_other(Rf_type2char(TYPEOF(object)));
    }
    if (XLENGTH(object) != 1) {
        return binding_other("a vector of another length than 1");
    }
    switch (TYPEOF(object)) {
    case LGLSXP:
        return LOGICAL(object)[0] == NA_LOGICAL ? binding_other("NA")
                                                : binding_boolean(LOGICAL(object)[0]);
    case INTSXP:
        return INTEGER(object)[0] == NA_INTEGER ? binding_other("NA")
                                                : binding_whole(INTEGER(object)[0]);
    case REALSXP:
        return ISNA(REAL(object)[0]) ? binding_other("NA") : binding_broken(REAL(object)[0]);
    case STRSXP: {
        SEXP text = STRING_ELT(object, 0);
        return text == NA_STRING ? binding_other("NA")
                                 : binding_text(CHAR(text), (size_t)LENGTH(text));
    }
    default:
        return binding_other(Rf_type2char(TYPEOF(object)));
    }
}

/* Whole numbers are doubles: exact up to 2^53. */
static SEXP binding_to_r(binding_value value) {
    switch (value.kind) {
    case BINDING_BOOLEAN:
        return Rf_ScalarLogical(value.whole != 0);
    case BINDING_WHOLE:
        return Rf_ScalarReal((double)value.whole);
    case BINDING_NATURAL:
        return Rf_ScalarReal((double)value.natural);
    case BINDING_TEXT:
        return Rf_ScalarString(Rf_mkCharLenCE(value.text, (int)value.length, CE_UTF8));
    default:
        return Rf_ScalarReal(NA_REAL);
    }
}

static binding_bytes binding_bytes_from_r(SEXP object) {
    binding_bytes bytes = {NULL, 0, NULL};
    if (TYPEOF(object) == RAWSXP) {
        bytes.data = RAW(object);
        bytes.size = (size_t)XLENGTH(object);
    } else {
        bytes.refused = "a raw vector (charToRaw, writeBin and serialize make them)";
    }
    return bytes;
}

/* The condition is made, and signalled, in R. Does not return. */
static void binding_stop(const zinc_error *failure) {
    SEXP space = PROTECT(R_FindNamespace(PROTECT(Rf_mkString("zinc"))));
    SEXP kind = PROTECT(Rf_mkString(binding_error_kind(failure->status)));
    SEXP name = PROTECT(Rf_mkString(binding_error_name(failure->status)));
    SEXP status = PROTECT(Rf_ScalarInteger(binding_error_status(failure->status)));
    SEXP message = PROTECT(Rf_ScalarString(Rf_mkCharCE(failure->message, CE_UTF8)));
    SEXP call = PROTECT(Rf_lang5(Rf_install(".failure"), kind, name, status, message));
    (void)Rf_eval(call, space);
    UNPROTECT(7);
    Rf_error("%s", failure->message);
}

static SEXP binding_raw_of(binding_reading reading) {
    zinc_error failure;
    SEXP bytes = PROTECT(Rf_allocVector(RAWSXP, (R_xlen_t)reading.size));
    if (!binding_reading_into(reading, RAW(bytes), &failure)) {
        binding_stop(&failure);
    }
    UNPROTECT(1);
    return bytes;
}

/* R notes Ctrl-C, and looks at it here; nothing is held that would be lost. */
static void binding_check_interrupts(void) {
    R_CheckUserInterrupt();
}
%}

void binding_check_interrupts(void);

%typemap(rtype) binding_value, binding_bytes "ANY"
%typemap(scoercein) binding_value, binding_bytes ""
%typemap(scoerceout) binding_value, binding_reading, uint64_t, uint32_t ""
%typemap(rtype) binding_reading "raw"
%typemap(in) binding_value "$1 = binding_from_r($input);"
%typemap(out) binding_value "$result = binding_to_r($1);"
%typemap(in) binding_bytes "$1 = binding_bytes_from_r($input);"
%typemap(out) binding_reading "$result = binding_raw_of($1);"
%typemap(out) uint64_t "$result = Rf_ScalarReal((double)$1);"
%typemap(out) uint32_t "$result = Rf_ScalarReal((double)$1);"
/* What saveRDS wrote and another session reads is no handle any more: its pointers are nil, and
 * SWIG would follow them to the type. */
%typemap(in) binding_handle *, struct binding_handle * (void *found = NULL) {
    if (TYPEOF($input) == EXTPTRSXP && R_ExternalPtrAddr($input) != NULL &&
        SWIG_IsOK(SWIG_R_ConvertPtr($input, &found, $descriptor, 0))) {
        $1 = (binding_handle *)found;
    } else {
        $1 = NULL;
    }
}

/* Not argout: SWIG would make a list of the result and it. */
%typemap(in, numinputs=0) zinc_error *failure (zinc_error failure = {0}) "$1 = &failure;"
%typemap(freearg) zinc_error *failure {
    if ($1->status != 0) {
        binding_stop($1);
    }
}
