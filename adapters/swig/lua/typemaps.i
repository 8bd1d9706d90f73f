/* SPDX-License-Identifier: MIT */
/* Lua: values, strings, and errors that are tables. */
%{
static binding_value binding_from_lua(lua_State *L, int index) {
    size_t length = 0;
    switch (lua_type(L, index)) {
    case LUA_TNONE:
    case LUA_TNIL:
        return binding_none();
    case LUA_TBOOLEAN:
        return binding_boolean(lua_toboolean(L, index));
    case LUA_TNUMBER:
        return lua_isinteger(L, index) ? binding_whole(lua_tointeger(L, index))
                                       : binding_broken(lua_tonumber(L, index));
    case LUA_TSTRING: {
        const char *text = lua_tolstring(L, index, &length);
        return binding_text(text, length);
    }
    default:
        return binding_other(luaL_typename(L, index));
    }
}

static void binding_to_lua(lua_State *L, binding_value value) {
    switch (value.kind) {
    case BINDING_BOOLEAN:
        lua_pushboolean(L, value.whole != 0);
        break;
    case BINDING_WHOLE:
        lua_pushinteger(L, value.whole);
        break;
    case BINDING_NATURAL:
        lua_pushinteger(L, (lua_Integer)value.natural); /* wraps, as Lua's integers do */
        break;
    case BINDING_TEXT:
        lua_pushlstring(L, value.text, value.length);
        break;
    default:
        lua_pushnil(L);
    }
}

static binding_bytes binding_bytes_from_lua(lua_State *L, int index) {
    binding_bytes bytes = {NULL, 0, NULL};
    if (lua_type(L, index) == LUA_TSTRING) {
        bytes.data = lua_tolstring(L, index, &bytes.size);
    } else {
        bytes.refused = "a string";
    }
    return bytes;
}

/* Leave the error, a table, on the stack. Its metatable is zinc.lua's, kept in the registry. */
static void binding_push_failure(lua_State *L, const zinc_error *failure) {
    lua_createtable(L, 0, 5);
    lua_pushstring(L, binding_error_kind(failure->status));
    lua_setfield(L, -2, "kind");
    lua_pushstring(L, binding_error_name(failure->status));
    lua_setfield(L, -2, "name");
    lua_pushinteger(L, binding_error_status(failure->status));
    lua_setfield(L, -2, "status");
    lua_pushstring(L, failure->message);
    lua_setfield(L, -2, "message");
    luaL_where(L, 2); /* above this function and the one of zinc.lua: the user's line */
    lua_setfield(L, -2, "where");
    luaL_getmetatable(L, "zinc.error");
    lua_setmetatable(L, -2);
}

static int binding_push_reading(lua_State *L, binding_reading reading, zinc_error *failure) {
    luaL_Buffer buffer;
    char *bytes = luaL_buffinitsize(L, &buffer, reading.size);
    if (!binding_reading_into(reading, bytes, failure)) {
        return 0;
    }
    luaL_pushresultsize(&buffer, reading.size);
    return 1;
}
%}

%typemap(in, checkfn="binding_lua_any") binding_value "$1 = binding_from_lua(L, $input);"
%typemap(out) binding_value "binding_to_lua(L, $1); SWIG_arg++;"
%typemap(in, checkfn="binding_lua_any") binding_bytes "$1 = binding_bytes_from_lua(L, $input);"
%typemap(out) binding_reading {
    zinc_error failed;
    if (!binding_push_reading(L, $1, &failed)) {
        binding_push_failure(L, &failed);
        SWIG_fail;
    }
    SWIG_arg++;
}
%typemap(out) uint64_t "lua_pushinteger(L, (lua_Integer)$1); SWIG_arg++;"
%typemap(out) uint32_t "lua_pushinteger(L, (lua_Integer)$1); SWIG_arg++;"
%typemap(in, numinputs=0) zinc_error *failure (zinc_error failure) {
    failure.status = 0;
    $1 = &failure;
}
%typemap(argout) zinc_error *failure {
    if ($1->status != 0) {
        binding_push_failure(L, $1);
        SWIG_fail;
    }
}

%{
#define binding_lua_any(L, index) 1
%}
