// SPDX-License-Identifier: MIT
// Where the native library comes from. In this order: the file that ZINC_LIBRARY names, the one in
// the package (beside the program, or where the runtime put the package's), the system's. A library
// of another release or layout is refused with a message that says so.
using System;
using System.Collections.Generic;
using System.IO;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

// Everything that crosses the border is blittable: no marshalling code, also none at run time.
[assembly: DisableRuntimeMarshalling]

namespace Zinc;

internal static unsafe class Library
{
    private const string Variable = "ZINC_LIBRARY";

    // Written by the resolver, which the runtime may call on several threads: all write the same.
    private static volatile string? _path;

    static Library()
    {
        try
        {
            NativeLibrary.SetDllImportResolver(typeof(Library).Assembly, Resolve);
        }
        catch (InvalidOperationException)
        {
            // The program has set a resolver of its own for this assembly: then its rules hold.
        }
    }

    /// <summary>Run the static constructor: the first line of all that calls the library.</summary>
    internal static void Ensure()
    {
    }

    /// <summary>The file, or the name that was given to the loader.</summary>
    internal static string Path => _path ?? Native.LibraryName;

    private static string FileName =>
        OperatingSystem.IsWindows() ? "zinc.dll"
        : OperatingSystem.IsMacOS() ? "libzinc.dylib" : "libzinc.so";

    private static string SystemName =>
        OperatingSystem.IsWindows() ? "zinc.dll"
        : OperatingSystem.IsMacOS() ? "libzinc.1.dylib" : $"libzinc.so.{Native.ZINC_ABI}";

    /// <summary>The folder of a package's native files, as NuGet names it.</summary>
    private static string Platform
    {
        get
        {
            string system = OperatingSystem.IsWindows() ? "win"
                : OperatingSystem.IsMacOS() ? "osx"
                : RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal)
                    ? "linux-musl" : "linux";
            Architecture machine = RuntimeInformation.ProcessArchitecture;
            return $"{system}-{machine.ToString().ToLowerInvariant()}";
        }
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? where)
    {
        return name == Native.LibraryName ? Find(assembly) : 0;
    }

    private static nint Find(Assembly assembly)
    {
        string? asked = Environment.GetEnvironmentVariable(Variable);
        if (!string.IsNullOrEmpty(asked))
        {
            try
            {
                return Checked(NativeLibrary.Load(asked), asked);
            }
            catch (Exception cause) when (cause is DllNotFoundException or BadImageFormatException)
            {
                throw new DllNotFoundException(
                    $"{Variable} names '{asked}', which cannot be loaded: {cause.Message}", cause);
            }
        }
        var tried = new List<string>();
        foreach (string file in InPackage())
        {
            tried.Add(file);
            if (File.Exists(file) && NativeLibrary.TryLoad(file, out nint packaged))
            {
                return Checked(packaged, file);
            }
        }
        // A plug-in's context knows the plug-in's own folder.
        if (NativeLibrary.TryLoad(
            Native.LibraryName, assembly, DllImportSearchPath.AssemblyDirectory, out nint beside))
        {
            return Checked(beside, FileName);
        }
        if (NativeLibrary.TryLoad(SystemName, out nint system))
        {
            return Checked(system, SystemName);
        }
        throw new DllNotFoundException(
            $"The native library of Zinc was not found: {Variable} is not set, "
            + $"none of {string.Join(", ", tried)} is there, and the system has no {SystemName}. "
            + $"This package carries it for linux-x64; elsewhere build the core and set {Variable} "
            + $"to the file (this process: {Platform}).");
    }

    private static IEnumerable<string> InPackage()
    {
        // Where the runtime found the package's files: a package cache, or the published folder.
        string folders = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        foreach (string folder in folders.Split(
            System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            yield return System.IO.Path.Combine(folder, FileName);
        }
        string home = AppContext.BaseDirectory;
        yield return System.IO.Path.Combine(home, FileName);
        yield return System.IO.Path.Combine(home, "runtimes", Platform, "native", FileName);
    }

    /// <summary>Refuse what this assembly was not made for; functions of a release stay in all
    /// later ones of the same major number, those before it may lack some.</summary>
    private static nint Checked(nint library, string path)
    {
        if (!NativeLibrary.TryGetExport(library, "zinc_version", out nint version)
            || !NativeLibrary.TryGetExport(library, "zinc_layout", out nint layout))
        {
            throw new DllNotFoundException($"'{path}' is not a library of Zinc.");
        }
        uint theirs = ((delegate* unmanaged[Cdecl]<uint>)version)();
        uint laid = ((delegate* unmanaged[Cdecl]<uint>)layout)();
        var release = new Version(
            (int)(theirs >> 16), (int)(theirs >> 8 & 255), (int)(theirs & 255));
        var ours = new Version(Native.ZINC_RELEASE);
        if (laid != Native.ZINC_LAYOUT || release.Major != ours.Major || release.Minor < ours.Minor)
        {
            throw new DllNotFoundException(
                $"The native library '{path}' is release {release} with layout {laid}; this "
                + $"package needs release {ours.Major}.{ours.Minor} or a later {ours.Major}.x with "
                + $"layout {Native.ZINC_LAYOUT}. Update the older one, or set {Variable} to "
                + "another file.");
        }
        _path = path;
        return library;
    }
}
