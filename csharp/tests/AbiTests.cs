// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using Xunit;

namespace Zinc.Tests;

/// <summary>This language's own view of the ABI, beside the one declaration and the library.
/// </summary>
public sealed class AbiTests
{
    private const BindingFlags All = BindingFlags.Static | BindingFlags.Instance
        | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly JsonElement Abi = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "abi.json"))).RootElement;

    private static readonly Dictionary<string, Type> Integers = new()
    {
        ["uint8_t"] = typeof(byte),
        ["char"] = typeof(byte),
        ["int32_t"] = typeof(int),
        ["uint32_t"] = typeof(uint),
        ["int64_t"] = typeof(long),
        ["uint64_t"] = typeof(ulong),
        ["size_t"] = typeof(nuint),
    };

    [Fact]
    public void TheNumbers()
    {
        Assert.Equal(Abi.GetProperty("release").GetString(), ZincVersion.Package);
        Assert.Equal(Abi.GetProperty("release").GetString(), ZincVersion.Release);
        Assert.Equal(Abi.GetProperty("layout").GetInt32(), ZincVersion.Layout);
        Assert.Equal(Native.ZINC_ABI, Abi.GetProperty("abi").GetInt32());
    }

    [Fact]
    public void Constants()
    {
        int compared = 0;
        foreach (JsonElement value in Rows("enums").SelectMany(row => Rows(row, "values")))
        {
            FieldInfo field = typeof(Native).GetField(Text(value, "name"), All)!;
            Assert.NotNull(field);
            Assert.Equal(value.GetProperty("value").GetInt32(), field.GetRawConstantValue());
            compared++;
        }
        Assert.True(compared > 60);
    }

    [Fact]
    public void Functions()
    {
        nint library = NativeLibrary.Load(ZincVersion.LibraryPath);
        foreach (JsonElement row in Rows("functions"))
        {
            string name = Text(row, "name");
            MethodInfo method = typeof(Native).GetMethod(name, All)!;
            Assert.NotNull(method);
            Assert.True(NativeLibrary.TryGetExport(library, name, out _), name);
            Assert.Equal(TypeOf(row.GetProperty("returns")), method.ReturnType);
            Assert.Equal(
                Rows(row, "parameters").Select(one => TypeOf(one.GetProperty("type"))),
                method.GetParameters().Select(one => one.ParameterType));
        }
        Assert.Equal(
            Rows("functions").Select(row => Text(row, "name")).Order(),
            typeof(Native).GetMethods(All)
                .Where(method => method.Name.StartsWith("zinc_"))
                .Select(method => method.Name).Order());
    }

    [Fact]
    public void Structs()
    {
        foreach (JsonElement row in Rows("structs"))
        {
            Type type = typeof(Native).GetNestedType(Text(row, "name"), All)!;
            Assert.NotNull(type);
            Assert.Equal(row.GetProperty("size").GetInt32(), Marshal.SizeOf(type));
            FieldInfo[] fields = type.GetFields(All);
            Assert.Equal(Rows(row, "fields").Count(), fields.Length);
            foreach (JsonElement one in Rows(row, "fields"))
            {
                FieldInfo field = type.GetField(Text(one, "name"), All)!;
                Assert.NotNull(field);
                Assert.Equal(
                    one.GetProperty("offset").GetInt32(), (int)Marshal.OffsetOf(type, field.Name));
                JsonElement kind = one.GetProperty("type");
                if (Text(kind, "kind") == "array")
                {
                    Assert.Equal(
                        one.GetProperty("size").GetInt32(), Marshal.SizeOf(field.FieldType));
                }
                else
                {
                    Assert.Equal(TypeOf(kind), field.FieldType);
                }
            }
        }
    }

    [Fact]
    public void Errors()
    {
        Assert.Equal(
            Rows("errors").Select(row => (row.GetProperty("status").GetInt32(), Text(row, "name"),
                Text(row, "text"), Text(row, "cause"), Text(row, "remedy"))),
            ErrorTable.Rows.Select(row => (row.Status, row.Name, row.Text, row.Cause, row.Remedy)));
        Assert.Equal(
            ErrorTable.Rows.Select(row => row.Status).Order(),
            Enum.GetValues<ZincStatus>().Select(status => (int)status).Order());
    }

    [Fact]
    public unsafe void TheLibrarysOwnTableAgrees()
    {
        foreach (ErrorRow row in ErrorTable.Rows)
        {
            Assert.Equal(row.Name, Error.Text(Native.zinc_error_name(row.Status)));
            Assert.Equal(row.Text, Error.Text(Native.zinc_strerror(row.Status)));
            Assert.Equal(row.Cause, Error.Text(Native.zinc_error_cause(row.Status)));
            Assert.Equal(row.Remedy, Error.Text(Native.zinc_error_remedy(row.Status)));
        }
    }

    private static Type TypeOf(JsonElement type) => Text(type, "kind") switch
    {
        "int" => Integers[Text(type, "name")],
        "enum" => typeof(int),
        "void" => typeof(void),
        "handle" => typeof(nint),
        "struct" => typeof(Native).GetNestedType(Text(type, "name"), All)!,
        "callback" => CallbackType(Text(type, "name")),
        "pointer" => TypeOf(type.GetProperty("to")).MakePointerType(),
        string kind => throw new NotSupportedException(kind),
    };

    /// <summary>The only callbacks in the table; another one is a failure here.</summary>
    private static unsafe Type CallbackType(string name) => name switch
    {
        "zinc_gc_callback" =>
            typeof(delegate* unmanaged[Cdecl]<void*, uint, byte*, ulong, int, void>),
        "zinc_events_ready" => typeof(delegate* unmanaged[Cdecl]<void*, void>),
        _ => throw new NotSupportedException(name),
    };

    private static IEnumerable<JsonElement> Rows(string key) => Rows(Abi, key);

    private static IEnumerable<JsonElement> Rows(JsonElement row, string key) =>
        row.GetProperty(key).EnumerateArray();

    private static string Text(JsonElement row, string key) => row.GetProperty(key).GetString()!;
}
