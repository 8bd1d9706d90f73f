// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using Xunit;

namespace Zinc.Tests;

/// <summary>Where the native library comes from, in a process of its own each.</summary>
public sealed class LibraryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("zinc-library-").FullName;

    private static string Packaged => Path.Combine(
        AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libzinc.so");

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public void ThisProcessHasThePackages()
    {
        if (Environment.GetEnvironmentVariable("ZINC_LIBRARY") is not null)
        {
            Assert.Skip("ZINC_LIBRARY is set");
        }
        Assert.Equal(Packaged, ZincVersion.LibraryPath);
        Assert.Equal("0.1.0", ZincVersion.Release);
        Assert.Equal("0.1.0", ZincVersion.Package);
        Assert.Equal(1, ZincVersion.Layout);
    }

    [Fact]
    public void TheVariableComesFirst()
    {
        string other = Path.Combine(_folder, "other.so");
        File.Copy(Packaged, other);
        Assert.Equal((0, $"0.1.0 {other}\n"), Version(other, system: Packaged));
    }

    [Fact]
    public void AVariableThatLeadsNowhereIsNotPassedOver()
    {
        (int code, string said) = Version(Path.Combine(_folder, "missing.so"));
        Assert.Equal(3, code);
        Assert.Contains("ZINC_LIBRARY names", said);
        File.WriteAllText(Path.Combine(_folder, "text.so"), "no library");
        (code, said) = Version(Path.Combine(_folder, "text.so"));
        Assert.Equal(3, code);
        Assert.Contains("cannot be loaded", said);
    }

    [Fact]
    public void ThePackagesComesBeforeTheSystems()
    {
        (int code, string said) = Version(null, system: Fake(0x000900, 1), packaged: true);
        Assert.Equal(0, code);
        Assert.StartsWith("0.1.0 ", said);
        Assert.Contains(Path.Combine("runtimes", "linux-x64", "native"), said);
    }

    [Fact]
    public void TheSystemsComesLast()
    {
        Assert.Equal((0, "0.1.0 libzinc.so.1\n"), Version(null, system: Packaged, packaged: false));
    }

    [Fact]
    public void NoLibraryAtAllSaysWhereItWasLookedFor()
    {
        (int code, string said) = Version(null, packaged: false);
        Assert.Equal(3, code);
        Assert.Contains("was not found", said);
        Assert.Contains("ZINC_LIBRARY", said);
        Assert.Contains("libzinc.so.1", said);
    }

    [Theory]
    [InlineData(0x000000, 1, "release 0.0.0 with layout 1")]
    [InlineData(0x010000, 1, "release 1.0.0 with layout 1")]
    [InlineData(0x000100, 2, "release 0.1.0 with layout 2")]
    public void AnotherReleaseOrLayoutIsRefused(int release, int layout, string expected)
    {
        (int code, string said) = Version(Fake(release, layout));
        Assert.Equal(3, code);
        Assert.Contains(expected, said);
        Assert.Contains("this package needs release 0.1 or a later 0.x with layout 1", said);
    }

    [Fact]
    public void ALaterReleaseIsAccepted()
    {
        (int code, string said) = Version(Fake(0x000203, 1));
        Assert.Equal((0, true), (code, said.StartsWith("0.2.3", StringComparison.Ordinal)));
    }

    [Fact]
    public void ALibraryThatIsNoneOfOursIsRefused()
    {
        (int code, string said) = Version(Compiled("int nothing(void) { return 0; }"));
        Assert.Equal(3, code);
        Assert.Contains("is not a library of Zinc", said);
    }

    /// <summary>What `zinc-child version` says in an environment.</summary>
    private (int Code, string Said) Version(
        string? variable, string? system = null, bool packaged = true)
    {
        string home = Path.Combine(_folder, Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(home);
        foreach (string file in Directory.GetFiles(AppContext.BaseDirectory, "zinc-child*"))
        {
            File.Copy(file, Path.Combine(home, Path.GetFileName(file)));
        }
        File.Copy(Child.Here("Zinc.SharedMemory.dll"), Path.Combine(home, "Zinc.SharedMemory.dll"));
        if (packaged)
        {
            string native = Path.Combine(home, "runtimes", "linux-x64", "native");
            Directory.CreateDirectory(native);
            File.Copy(Packaged, Path.Combine(native, "libzinc.so"));
        }
        string libraries = Path.Combine(home, "system");
        Directory.CreateDirectory(libraries);
        if (system != null)
        {
            File.Copy(system, Path.Combine(libraries, "libzinc.so.1"));
        }
        using var child = new Child(Path.Combine(home, "zinc-child"), ["version"], new()
        {
            ["ZINC_LIBRARY"] = variable,
            ["LD_LIBRARY_PATH"] = libraries,
        });
        (int code, string output, _) = child.End();
        return (code, output);
    }

    private string Fake(int release, int layout) => Compiled($$"""
        unsigned zinc_version(void) { return {{release}}; }
        unsigned zinc_layout(void) { return {{layout}}; }
        const char *zinc_version_text(void) {
            return "{{release >> 16}}.{{release >> 8 & 255}}.{{release & 255}}";
        }
        """);

    private string Compiled(string text)
    {
        string file = Path.Combine(_folder, Guid.NewGuid().ToString("N") + ".so");
        File.WriteAllText(file + ".c", text);
        using Process compiler = Process.Start("cc", ["-shared", "-fPIC", file + ".c", "-o", file]);
        compiler.WaitForExit();
        Assert.Equal(0, compiler.ExitCode);
        return file;
    }
}
