/* SPDX-License-Identifier: MIT */
/* Perl: scalars, byte strings, and die with an object. */
%{
/* Strings that are numbers are both. */
static binding_value binding_from_perl(pTHX_ SV *scalar) {
    SvGETMAGIC(scalar);
    if (!SvOK(scalar)) {
        return binding_none();
    }
    if (SvROK(scalar)) {
        return binding_other("a reference");
    }
    STRLEN length = 0;
    binding_value value = binding_none();
    if (SvPOK(scalar)) {
        const char *text = SvPV_nomg(scalar, length);
        UV whole = 0;
        int found = (int)grok_number(text, length, &whole);
        value = binding_text(text, length);
        if (found == IS_NUMBER_IN_UV && whole <= INT64_MAX) {
            value.kind = BINDING_WHOLE;
            value.whole = (int64_t)whole;
            return value;
        }
        if (found == 0) {
            return value;
        }
        value.kind = BINDING_BROKEN;
        value.number = SvNV_nomg(scalar);
        return value;
    }
    if (SvIOK(scalar)) {
        if (SvIsUV(scalar) && SvUV_nomg(scalar) > INT64_MAX) {
            value = binding_big();
        } else {
            value = binding_whole((int64_t)SvIV_nomg(scalar));
        }
    } else if (SvNOK(scalar)) {
        value = binding_broken((double)SvNV_nomg(scalar));
    } else {
        return binding_other("neither text nor a number");
    }
    /* A number's text, as Perl writes it: a region may be called 7. */
    SV *copy = sv_2mortal(newSVsv_nomg(scalar));
    value.text = SvPV(copy, length);
    value.length = length;
    return value;
}

static SV *binding_to_perl(pTHX_ binding_value value) {
    switch (value.kind) {
    case BINDING_BOOLEAN:
        return sv_2mortal(newSViv(value.whole != 0));
    case BINDING_WHOLE:
        return sv_2mortal(newSViv((IV)value.whole));
    case BINDING_NATURAL:
        return sv_2mortal(newSVuv((UV)value.natural));
    case BINDING_TEXT:
        return newSVpvn_flags(value.text, value.length, SVs_TEMP);
    default:
        return sv_newmortal();
    }
}

static binding_bytes binding_bytes_from_perl(pTHX_ SV *scalar) {
    binding_bytes bytes = {NULL, 0, NULL};
    STRLEN length = 0;
    SvGETMAGIC(scalar);
    if (!SvOK(scalar) || SvROK(scalar)) {
        bytes.refused = "a string of bytes, not a reference or undef";
        return bytes;
    }
    SV *source = scalar;
    if (SvUTF8(scalar)) {
        source = sv_2mortal(newSVsv_nomg(scalar));
        if (!sv_utf8_downgrade(source, TRUE)) {
            bytes.refused = "a string of bytes, not of wide characters: encode it";
            return bytes;
        }
    }
    bytes.data = SvPV_nomg(source, length);
    bytes.size = length;
    return bytes;
}

/* The object is made in Perl. */
static void binding_failed(pTHX_ const zinc_error *failure) {
    dSP;
    ENTER;
    SAVETMPS;
    PUSHMARK(SP);
    EXTEND(SP, 5);
    mPUSHp("Zinc::Error", 11);
    mPUSHp(binding_error_kind(failure->status), strlen(binding_error_kind(failure->status)));
    mPUSHp(binding_error_name(failure->status), strlen(binding_error_name(failure->status)));
    mPUSHi(binding_error_status(failure->status));
    mPUSHp(failure->message, strlen(failure->message));
    PUTBACK;
    call_method("_failure", G_SCALAR);
    SPAGAIN;
    SV *made = POPs;
    SvREFCNT_inc(made);
    PUTBACK;
    FREETMPS;
    LEAVE;
    sv_setsv(get_sv("@", GV_ADD), made);
    SvREFCNT_dec(made);
}

static SV *binding_string_of(pTHX_ binding_reading reading) {
    zinc_error failure;
    SV *text = sv_2mortal(newSV(reading.size + 1));
    SvPOK_only(text);
    if (!binding_reading_into(reading, SvPVX(text), &failure)) {
        binding_failed(aTHX_ & failure);
        return NULL;
    }
    SvPVX(text)[reading.size] = 0;
    SvCUR_set(text, reading.size);
    return text;
}
%}

%typemap(in) binding_value "$1 = binding_from_perl(aTHX_ $input);"
%typemap(out) binding_value "$result = binding_to_perl(aTHX_ $1); argvi++;"
%typemap(in) binding_bytes "$1 = binding_bytes_from_perl(aTHX_ $input);"
%typemap(out) binding_reading {
    $result = binding_string_of(aTHX_ $1);
    if ($result == NULL) {
        SWIG_croak_null();
    }
    argvi++;
}
%typemap(out) uint64_t "$result = sv_2mortal(newSVuv((UV)$1)); argvi++;"
%typemap(out) uint32_t "$result = sv_2mortal(newSVuv((UV)$1)); argvi++;"
%typemap(in, numinputs=0) zinc_error *failure (zinc_error failure) {
    failure.status = 0;
    $1 = &failure;
}
%typemap(argout) zinc_error *failure {
    if ($1->status != 0) {
        binding_failed(aTHX_ $1);
        SWIG_croak_null();
    }
}
