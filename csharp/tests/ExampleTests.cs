// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using Xunit;

namespace Zinc.Tests;

/// <summary>What the documents show, run as it stands.</summary>
public sealed class ExampleTests
{
    [Theory]
    [InlineData("firstlines", "hello\n")]
    [InlineData("bytes", "23.5\n65536\n")]
    [InlineData("waiting", "True\nFalse\nFalse\nFalse\nstopped\n")]
    [InlineData("private", "42\n")]
    public void SaysWhatItIsToSay(string example, string expected) =>
        Assert.Equal(expected, Output(example));

    [Theory]
    [InlineData("firstlines", "hello\n")]
    [InlineData("bytes", "23.5\n65536\n")]
    [InlineData("private", "42\n")]
    public void AMethodMayBeCompiledBeforeTheLibraryIsFound(string example, string expected)
    {
        // Without tiers everything is inlined the first time that a method is compiled.
        using var child = new Child(Child.Here("zinc-examples"), [example], new()
        {
            ["DOTNET_TieredCompilation"] = "0",
        });
        Assert.Equal((0, expected, ""), child.End());
    }

    [Fact]
    public void Async()
    {
        string[] lines = Output("async").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("value 3", lines[^2]);
        Assert.Equal("True", lines[^1]);
        Assert.All(lines[..^1], line => Assert.Matches("^value [123]$", line));
    }

    [Fact]
    public void Closing()
    {
        string[] lines = Output("closing").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("closed", lines[0]);
        Assert.Equal("True", lines[^1]);
    }

    [Fact]
    public void Errors()
    {
        string[] lines = Output("errors").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("no-such-region", lines[0]);
        Assert.Equal(["NotFound", "2"], lines[^2..]);
    }

    [Theory]
    [InlineData("relay", "", "")]
    [InlineData("tensor", "sum 17656320", "sum 17644032")]
    [InlineData("grow", "", "capacity 4096,capacity 1048576")]
    public void APeerPlaysBothRoles(string scenario, string firstSays, string secondSays)
    {
        string name = Support.Name();
        using Child first = Peer(scenario, "first", name);
        string proof = first.Line()!;
        first.Says("ready");
        using Child second = Peer(scenario, "second", name);
        Same(proof, second.Line()!);
        Ends(second, secondSays);
        Ends(first, firstSays);
        Assert.Throws<RegionNotFoundException>(() => SharedRegion.Open(name));
    }

    [Fact]
    public void APeerLearnsOfADeath()
    {
        string name = Support.Name();
        using Child first = Peer("death", "first", name);
        string proof = first.Line()!;
        first.Says("ready");
        using Child second = Peer("death", "second", name);
        Same(proof, second.Line()!);
        second.Says("alive");
        first.Signal(9);
        Ends(second, "dead,gone,again");
    }

    [Fact]
    public void APeerThatCannotPlaySaysSo()
    {
        using Child peer = Peer("relay", "second", Support.Name());
        (int code, string output, string errors) = peer.End();
        Assert.Equal((1, ""), (code, output));
        Assert.StartsWith("peer (C#): ", errors);
        Assert.Single(errors.TrimEnd('\n').Split('\n'));
    }

    private static Child Peer(string scenario, string role, string name) =>
        new(Child.Here("zinc-examples"), ["peer", scenario, role, name]);

    private static string Output(string example)
    {
        using var child = new Child(Child.Here("zinc-examples"), [example]);
        (int code, string output, string errors) = child.End();
        Assert.Equal((0, ""), (code, errors));
        return output;
    }

    private static void Ends(Child child, string says)
    {
        (int code, string output, string errors) = child.End();
        Assert.Equal((0, ""), (code, errors));
        IEnumerable<string> expected =
            says.Split(',', StringSplitOptions.RemoveEmptyEntries).Append("done");
        Assert.Equal(expected, output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>Same memory in both processes, and no copy in either.</summary>
    private static void Same(string one, string other)
    {
        string[] first = one.Split(' ');
        string[] second = other.Split(' ');
        Assert.Matches(new Regex("^proof( [0-9]+){6}$"), one);
        Assert.Matches(new Regex("^proof( [0-9]+){6}$"), other);
        Assert.Equal(first[1], first[2]);
        Assert.Equal(second[1], second[2]);
        Assert.Equal(first[3..], second[3..]);
        Assert.NotEqual("0", first[4]);
    }
}
