// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace Zinc.Tests;

public sealed class ArgumentTests
{
    [Theory]
    [InlineData("")]
    [InlineData(".hidden")]
    [InlineData("a/b")]
    [InlineData("//a")]
    [InlineData("/")]
    [InlineData("a b")]
    [InlineData("naïve")]
    [InlineData("with\0nul")]
    [InlineData("\0")]
    [InlineData("..")]
    [InlineData("\ud800")]
    public void AWrongNameIsRefused(string name)
    {
        Assert.ThrowsAny<ArgumentException>(() => SharedRegion.Create(name, 4096));
        Assert.ThrowsAny<ArgumentException>(() => SharedRegion.Open(name));
        Assert.ThrowsAny<ArgumentException>(() => SharedRegion.OpenOrCreate(name, 4096));
        Assert.ThrowsAny<ArgumentException>(() => SharedRegion.Replace(name, 4096));
        Assert.ThrowsAny<ArgumentException>(() => SharedRegion.Lookup(name));
        Assert.ThrowsAny<ArgumentException>(() => SharedRegion.Participants(name));
        Assert.ThrowsAny<ArgumentException>(() => SharedRegion.Remove(name));
        Assert.ThrowsAny<ArgumentException>(() => SharedRegion.CreatePrivate(name, 4096));
    }

    [Fact]
    public void ANameHasTwoHundredBytes()
    {
        string longest = Support.Name("n").PadRight(200, 'x');
        SharedRegion.Create(longest, 4096).Dispose();
        Assert.Throws<ArgumentException>(() => SharedRegion.Create(longest + "x", 4096));
        Assert.Throws<ArgumentException>(() => SharedRegion.Open(new string('x', 1_000_000)));
    }

    [Fact]
    public void NullIsRefused()
    {
        Assert.Throws<ArgumentNullException>(() => SharedRegion.Create(null!, 4096));
        Assert.Throws<ArgumentNullException>(() => SharedRegion.Open(null!));
        Assert.Throws<ArgumentNullException>(() => SharedRegion.OpenOrCreate(null!, 4096));
        Assert.Throws<ArgumentNullException>(() => SharedRegion.Replace(null!, 4096));
        Assert.Throws<ArgumentNullException>(() => SharedRegion.Lookup(null!));
        Assert.Throws<ArgumentNullException>(() => SharedRegion.Participants(null!));
        Assert.Throws<ArgumentNullException>(() => SharedRegion.Remove(null!));
        Assert.Throws<ArgumentNullException>(() => SharedRegion.Attach(null!));
        Assert.Throws<ArgumentNullException>(() => SharedRegion.Receive(null!));
        using SharedRegion region = SharedRegion.CreatePrivate(null, 4096);
        Assert.Throws<ArgumentNullException>(() => region.Send(null!));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public void ACapacityThatIsNoneIsRefused(long capacity)
    {
        string name = Support.Name();
        Assert.Throws<ArgumentOutOfRangeException>(() => SharedRegion.Create(name, capacity));
        Assert.Throws<ArgumentOutOfRangeException>(() => SharedRegion.OpenOrCreate(name, capacity));
        Assert.Throws<ArgumentOutOfRangeException>(() => SharedRegion.Replace(name, capacity));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => SharedRegion.CreatePrivate(name, capacity));
        Assert.False(File.Exists(Support.FileOf(name)));
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MaxValue - 4096)]
    [InlineData((1L << 53) + 1)]
    public void ACapacityThatNoMachineHasIsAnErrorOfItsOwn(long capacity)
    {
        string name = Support.Name();
        foreach (bool sparse in new[] { false, true })
        {
            Exception refused = Assert.ThrowsAny<Exception>(() => SharedRegion.Create(
                name, capacity, new RegionOptions { Sparse = sparse }));
            Assert.True(refused is ZincException or ArgumentOutOfRangeException, $"{refused}");
            Assert.False(File.Exists(Support.FileOf(name)));
        }
    }

    [Fact]
    public void WrongOptionsAreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new RegionOptions { MaxCapacity = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new RegionOptions { Participants = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new RegionOptions { Group = uint.MaxValue });
        foreach (RegionOptions wrong in new RegionOptions[]
        {
            new() { Participants = 1024 },
            new() { Lifetime = (Lifetime)77 },
            new() { Lifetime = (Lifetime)(-1) },
            new() { WaitPolicy = (WaitPolicy)77 },
            new() { Mode = (UnixFileMode)0x10000 },
            new() { MaxCapacity = 1 },
        })
        {
            string name = Support.Name();
            Exception refused = Assert.ThrowsAny<ArgumentException>(
                () => SharedRegion.Create(name, 4096, wrong).Dispose());
            Assert.True(refused.Message.Length > 20, refused.Message);
            Assert.False(File.Exists(Support.FileOf(name)));
        }
    }

    [Fact]
    public void RightUsesCompile() => Assert.Empty(Refusals("""
        using SharedRegion region = SharedRegion.Create(
            "a", 4096, new() { MaxCapacity = 5L << 30 });
        bool came = region.Wait() && region.Wait(5) && region.Wait(TimeSpan.FromSeconds(1));
        Span<byte> bytes = region.Bytes();
        Span<float> numbers = region.As<float>(16, 4);
        Memory<byte> memory = region.Memory();
        """));

    [Theory]
    [InlineData("""SharedRegion.Create("a", 4096.0);""", "CS1503")]
    [InlineData("""SharedRegion.Create("a", double.NaN);""", "CS1503")]
    [InlineData("""SharedRegion.Create("a", 9007199254740993UL + long.MaxValue);""", "CS1503")]
    [InlineData("""SharedRegion.Create("a", "4096");""", "CS1503")]
    [InlineData("""SharedRegion.Create("a", true);""", "CS1503")]
    [InlineData("""SharedRegion.Create(17, 4096);""", "CS1503")]
    [InlineData("""SharedRegion.Open("a").Wait(1.5);""", "CS1503")]
    [InlineData("""SharedRegion.Open("a").Wait(true);""", "CS1503")]
    [InlineData("""SharedRegion.Open("a").Wait(5_000_000_000);""", "CS1503")]
    [InlineData("""SharedRegion.Open("a").WaitAsync(0.5);""", "CS1503")]
    [InlineData("""SharedRegion.Open("a").Grow(1.5);""", "CS1503")]
    [InlineData("""SharedRegion.Open("a").Bytes(1.5, 4);""", "CS1503")]
    [InlineData("""SharedRegion.Open("a").Bytes(0, 3_000_000_000);""", "CS1503")]
    [InlineData("""SharedRegion.Open("a").As<string>();""", "CS8377")]
    [InlineData("""SharedRegion.Open("a").Memory<object>(0, 1);""", "CS8377")]
    [InlineData("""SharedRegion.Open("a").Capacity = 5;""", "CS0200")]
    [InlineData("""SharedRegion.Open(null);""", "CS8625")]
    [InlineData("""new RegionOptions().ReadOnly = true;""", "CS8852")]
    [InlineData("""new SharedRegion(0);""", "CS1729|CS0122|CS0143")]
    public void WrongUsesDoNotCompile(string line, string code) =>
        Assert.Contains(Refusals(line), code.Split('|').Contains);

    /// <summary>The numbers of what the compiler says of some lines of a program.</summary>
    private static List<string> Refusals(string lines)
    {
        string known = (string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!;
        SyntaxTree tree = CSharpSyntaxTree.ParseText(
            $"using System; using Zinc;\n{lines}",
            cancellationToken: TestContext.Current.CancellationToken);
        var options = new CSharpCompilationOptions(
            OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable);
        return
        [
            .. CSharpCompilation.Create("use", [tree], [
                    .. known.Split(':').Select(path => MetadataReference.CreateFromFile(path)),
                ], options)
                .GetDiagnostics(TestContext.Current.CancellationToken)
                .Where(said => said.Severity >= DiagnosticSeverity.Warning)
                .Select(said => said.Id),
        ];
    }
}
