/* SPDX-License-Identifier: MIT */
/* Tcl: words, byte arrays, and error codes. */
%{
/* Every value is text, and may be a number or a truth too; the empty word is nothing. */
static binding_value binding_from_tcl(Tcl_Obj *object) {
    int length = 0;
    const char *text = Tcl_GetStringFromObj(object, &length);
    Tcl_WideInt whole = 0;
    double number = 0;
    int truth = 0;
    binding_value value = binding_none();
    if (length == 0) {
        return value;
    }
    if (Tcl_GetWideIntFromObj(NULL, object, &whole) == TCL_OK) {
        /* From 2**63 on it is taken for a negative one, and below -2**63 for a positive one. */
        value = (whole < 0) != (strchr(text, '-') != NULL) && whole != 0 ? binding_big()
                                                                         : binding_whole(whole);
    } else if (Tcl_GetDoubleFromObj(NULL, object, &number) == TCL_OK) {
        value = binding_broken(number);
    } else if (Tcl_GetBooleanFromObj(NULL, object, &truth) == TCL_OK) {
        value = binding_boolean(truth);
    } else {
        value.kind = BINDING_TEXT;
    }
    value.text = text;
    value.length = (size_t)length;
    /* Tcl's spelling of a NUL: cut there, so that it is found. */
    for (int i = 0; i + 1 < length; i++) {
        if ((unsigned char)text[i] == 0xC0 && (unsigned char)text[i + 1] == 0x80) {
            value.text = "\0";
            value.length = 1;
        }
    }
    return value;
}

static Tcl_Obj *binding_to_tcl(binding_value value) {
    switch (value.kind) {
    case BINDING_BOOLEAN:
        return Tcl_NewBooleanObj(value.whole != 0);
    case BINDING_WHOLE:
        return Tcl_NewWideIntObj(value.whole);
    case BINDING_NATURAL:
        return Tcl_ObjPrintf("%llu", (unsigned long long)value.natural);
    case BINDING_TEXT:
        return Tcl_NewStringObj(value.text, (int)value.length);
    default:
        return Tcl_NewObj();
    }
}

/* Characters above 255 are no bytes; Tcl itself would cut them. Only a byte array that was never
 * looked at as text is known to have none: lists and parts of strings have no text at first. */
static binding_bytes binding_bytes_from_tcl(Tcl_Obj *object) {
    binding_bytes bytes = {NULL, 0, NULL};
    int length = 0;
    int pure = object->bytes == NULL && object->typePtr != NULL &&
               strcmp(object->typePtr->name, "bytearray") == 0;
    if (!pure) {
        const unsigned char *text = (const unsigned char *)Tcl_GetStringFromObj(object, &length);
        for (int i = 0; i < length; i++) {
            if (text[i] >= 0xC4) {
                bytes.refused = "a byte array, without characters above 255: encode them";
                return bytes;
            }
        }
    }
    bytes.data = Tcl_GetByteArrayFromObj(object, &length);
    bytes.size = (size_t)length;
    return bytes;
}

/* errorCode is ZINC kind name status, so that `trap {ZINC not_found}` finds it. */
static void binding_fail(Tcl_Interp *interp, const zinc_error *failure) {
    Tcl_Obj *code[4];
    code[0] = Tcl_NewStringObj("ZINC", -1);
    code[1] = Tcl_NewStringObj(binding_error_kind(failure->status), -1);
    code[2] = Tcl_NewStringObj(binding_error_name(failure->status), -1);
    code[3] = Tcl_NewIntObj(binding_error_status(failure->status));
    Tcl_SetObjResult(interp, Tcl_NewStringObj(failure->message, -1));
    Tcl_SetObjErrorCode(interp, Tcl_NewListObj(4, code));
}

static Tcl_Obj *binding_bytes_of(binding_reading reading, zinc_error *failure) {
    if (reading.size > 0x7fffff00) {
        binding_refuse(failure, BINDING_VALUE,
                       "Tcl's byte arrays hold at most 2147483392 bytes, not %zu: read in parts",
                       reading.size);
        return NULL;
    }
    Tcl_Obj *bytes = Tcl_NewByteArrayObj(NULL, (int)reading.size);
    if (!binding_reading_into(reading, Tcl_GetByteArrayFromObj(bytes, NULL), failure)) {
        Tcl_DecrRefCount(bytes);
        return NULL;
    }
    return bytes;
}
%}

/* All that functions answer is the caller's; SWIG itself would never free it. Deleting the command,
 * also with its interpreter, does. */
%typemap(out) binding_handle *, binding_options *, binding_wait *, binding_facts *, binding_list * {
    Tcl_SetObjResult(interp, SWIG_NewInstanceObj(SWIG_as_voidptr($1), $1_descriptor, $1 != NULL));
}

%typemap(in) binding_value "$1 = binding_from_tcl($input);"
%typemap(out) binding_value "Tcl_SetObjResult(interp, binding_to_tcl($1));"
%typemap(in) binding_bytes "$1 = binding_bytes_from_tcl($input);"
%typemap(out) binding_reading {
    zinc_error failed;
    Tcl_Obj *bytes = binding_bytes_of($1, &failed);
    if (bytes == NULL) {
        binding_fail(interp, &failed);
        SWIG_fail;
    }
    Tcl_SetObjResult(interp, bytes);
}
%typemap(out) uint64_t "Tcl_SetObjResult(interp, Tcl_NewWideIntObj((Tcl_WideInt)$1));"
%typemap(out) uint32_t "Tcl_SetObjResult(interp, Tcl_NewWideIntObj((Tcl_WideInt)$1));"
%typemap(in, numinputs=0) zinc_error *failure (zinc_error failure) {
    failure.status = 0;
    $1 = &failure;
}
%typemap(argout) zinc_error *failure {
    if ($1->status != 0) {
        binding_fail(interp, $1);
        SWIG_fail;
    }
}
