/* SPDX-License-Identifier: MIT */
/* PHP: values, strings, and exceptions. */
%{
static binding_value binding_from_php(zval *value) {
    ZVAL_DEREF(value);
    switch (Z_TYPE_P(value)) {
    case IS_UNDEF:
    case IS_NULL:
        return binding_none();
    case IS_FALSE:
    case IS_TRUE:
        return binding_boolean(Z_TYPE_P(value) == IS_TRUE);
    case IS_LONG:
        return binding_whole(Z_LVAL_P(value));
    case IS_DOUBLE:
        return binding_other("float");
    case IS_STRING:
        return binding_text(Z_STRVAL_P(value), Z_STRLEN_P(value));
    default:
        return binding_other(zend_zval_type_name(value));
    }
}

static void binding_to_php(zval *result, binding_value value) {
    switch (value.kind) {
    case BINDING_BOOLEAN:
        ZVAL_BOOL(result, value.whole != 0);
        break;
    case BINDING_WHOLE:
        ZVAL_LONG(result, value.whole);
        break;
    case BINDING_NATURAL:
        ZVAL_LONG(result, (zend_long)value.natural); /* wraps: PHP's integers have a sign */
        break;
    case BINDING_TEXT:
        ZVAL_STRINGL(result, value.text, value.length);
        break;
    default:
        ZVAL_NULL(result);
    }
}

static binding_bytes binding_bytes_from_php(zval *value) {
    binding_bytes bytes = {NULL, 0, NULL};
    ZVAL_DEREF(value);
    if (Z_TYPE_P(value) == IS_STRING) {
        bytes.data = Z_STRVAL_P(value);
        bytes.size = Z_STRLEN_P(value);
    } else {
        bytes.refused = "a string";
    }
    return bytes;
}

/* The class is one of zinc.php's, after the kind: Zinc\NotFoundError, or PHP's own. */
static zend_class_entry *binding_class(const char *kind) {
    char name[64] = "Zinc\\";
    size_t length = strlen(name);
    if (strcmp(kind, "type") == 0) {
        return zend_ce_type_error;
    }
    if (strcmp(kind, "value") == 0) {
        return zend_ce_value_error;
    }
    for (int upper = 1; *kind != 0 && length < sizeof name - 8; kind++) {
        if (*kind == '_') {
            upper = 1;
        } else {
            name[length++] = (char)(upper ? *kind - 'a' + 'A' : *kind);
            upper = 0;
        }
    }
    memcpy(name + length, "Error", 6);
    zend_string *text = zend_string_init(name, length + 5, 0);
    zend_class_entry *found = zend_lookup_class(text);
    zend_string_release(text);
    return found != NULL ? found : zend_ce_exception;
}

static void binding_throw(const zinc_error *failure) {
    zval made;
    const char *status = binding_error_name(failure->status);
    /* A status that is called "type" is not an argument of the wrong type. */
    int refused = binding_error_status(failure->status) == 0;
    const char *kind = binding_error_kind(failure->status);
    zend_class_entry *entry =
        binding_class(!refused && strcmp(kind, "type") == 0 ? "kind" : kind);
    object_init_ex(&made, entry);
    zend_update_property_string(entry, Z_OBJ(made), "message", sizeof "message" - 1,
                                failure->message);
    zend_update_property_long(entry, Z_OBJ(made), "code", sizeof "code" - 1,
                              binding_error_status(failure->status));
    if (!refused && entry != zend_ce_exception) {
        zend_update_property_string(entry, Z_OBJ(made), "statusName", sizeof "statusName" - 1,
                                    status);
    }
    zend_throw_exception_object(&made);
}
%}

%typemap(in) binding_value "$1 = binding_from_php(&$input);"
%typemap(out) binding_value "binding_to_php($result, $1);"
%typemap(in) binding_bytes "$1 = binding_bytes_from_php(&$input);"
%typemap(out) binding_reading {
    zinc_error failed;
    zend_string *text = zend_string_alloc($1.size, 0);
    if (!binding_reading_into($1, ZSTR_VAL(text), &failed)) {
        zend_string_release(text);
        binding_throw(&failed);
        SWIG_fail;
    }
    ZSTR_VAL(text)[$1.size] = 0;
    ZVAL_STR($result, text);
}
%typemap(out) uint64_t "ZVAL_LONG($result, (zend_long)$1);"
%typemap(out) uint32_t "ZVAL_LONG($result, (zend_long)$1);"
%typemap(in, numinputs=0) zinc_error *failure (zinc_error failure) {
    failure.status = 0;
    $1 = &failure;
}
%typemap(argout) zinc_error *failure {
    if ($1->status != 0) {
        binding_throw($1);
        SWIG_fail;
    }
}
