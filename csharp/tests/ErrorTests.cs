// SPDX-License-Identifier: MIT
using System;
using System.IO;
using System.Linq;
using Xunit;

namespace Zinc.Tests;

public sealed class ErrorTests
{
    [Fact]
    public void AMissingRegion()
    {
        string name = Support.Name();
        var error = Assert.Throws<RegionNotFoundException>(() => SharedRegion.Open(name));
        Assert.Equal(ZincStatus.NotFound, error.Status);
        Assert.Equal(2, error.Errno);
        Assert.Equal(2, error.HResult);
        Assert.Contains(name, error.Message);
        Assert.StartsWith("Nobody has created it", error.Cause);
        Assert.StartsWith("Start the creator first", error.Remedy);
        Assert.IsAssignableFrom<ZincException>(error);
        Assert.IsAssignableFrom<IOException>(error);
    }

    [Fact]
    public void AnExistingRegion()
    {
        using SharedRegion region = SharedRegion.Create(Support.Name(), 4096);
        var error = Assert.Throws<RegionExistsException>(
            () => SharedRegion.Create(region.Name, 4096));
        Assert.Equal((ZincStatus.Exists, 17), (error.Status, error.Errno));
        Assert.Contains(region.Name, error.Message);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(100_000)]
    public void AForeignFile(int size)
    {
        string name = Support.Name();
        string file = Support.FileOf(name);
        byte[] bytes = [.. Enumerable.Range(0, size).Select(i => (byte)(i * 31 + 7))];
        try
        {
            File.WriteAllBytes(file, bytes);
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            Assert.Throws<RegionFormatException>(() => SharedRegion.Open(name));
            Assert.Throws<RegionFormatException>(() => SharedRegion.Lookup(name));
            Assert.Throws<RegionFormatException>(() => SharedRegion.Remove(name));
            Assert.ThrowsAny<ZincException>(() => SharedRegion.Create(name, 4096));
            Assert.Equal(bytes, File.ReadAllBytes(file));
            Assert.Contains(SharedRegion.List(),
                one => one.Name == name && one.Status == ZincStatus.Layout);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void EveryWordOfAHeaderMayBeHostile()
    {
        string name = Support.Name();
        string file = Support.FileOf(name);
        var options = new RegionOptions { Lifetime = Lifetime.Persistent };
        SharedRegion.Create(name, 4096, options).Dispose();
        byte[] good = File.ReadAllBytes(file);
        try
        {
            var seen = new System.Collections.Generic.HashSet<Type>();
            for (int at = 0; at < 256; at += 4)
            {
                foreach (byte wrong in new byte[] { 0x00, 0x7f, 0xff })
                {
                    byte[] bytes = [.. good];
                    bytes.AsSpan(at, 4).Fill(wrong);
                    File.WriteAllBytes(file, bytes);
                    try
                    {
                        using SharedRegion region = SharedRegion.Open(name);
                        _ = region.Info.Lifetime;
                        region.TryWait();
                        region.ReadOnlyBytes(0, 1).ToArray();
                    }
                    catch (Exception error) when (error is ZincException)
                    {
                        seen.Add(error.GetType());
                    }
                    _ = SharedRegion.List().Count;
                }
            }
            Assert.Contains(typeof(RegionFormatException), seen);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void AnotherLayout()
    {
        string name = Support.Name();
        string file = Support.FileOf(name);
        SharedRegion.Create(
            name, 4096, new RegionOptions { Lifetime = Lifetime.Persistent }).Dispose();
        try
        {
            // Wherever the layout's number lies: some 32-bit word of the header is 1 and means it.
            byte[] good = File.ReadAllBytes(file);
            bool refused = false;
            for (int at = 0; at < 64 && !refused; at += 4)
            {
                if (BitConverter.ToUInt32(good, at) != 1)
                {
                    continue;
                }
                byte[] other = [.. good];
                other[at] = 2;
                File.WriteAllBytes(file, other);
                try
                {
                    SharedRegion.Open(name).Dispose();
                }
                catch (RegionFormatException error)
                {
                    refused |= error.Status == ZincStatus.Layout;
                }
            }
            Assert.True(refused);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void ALooselyWritableFileIsDeniedUnlessAccepted()
    {
        string name = Support.Name();
        UnixFileMode loose = UnixFileMode.UserRead | UnixFileMode.UserWrite
            | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
        using SharedRegion region = SharedRegion.Create(
            name, 4096, new RegionOptions { Mode = loose });
        var denied = Assert.Throws<RegionAccessException>(() => SharedRegion.Open(name));
        Assert.Equal((ZincStatus.AccessDenied, 13), (denied.Status, denied.Errno));
        using SharedRegion accepted = SharedRegion.Open(
            name, new RegionOptions { AcceptMode = UnixFileMode.GroupWrite });
        Assert.Equal(loose, accepted.Info.Mode);
    }

    [Fact]
    public void ATruncatedRegionIsDamaged()
    {
        string name = Support.Name();
        SharedRegion.Create(
            name, 1 << 16, new RegionOptions { Lifetime = Lifetime.Persistent }).Dispose();
        try
        {
            using (FileStream file = File.OpenWrite(Support.FileOf(name)))
            {
                file.SetLength(file.Length - 4096);
            }
            Assert.Throws<RegionFormatException>(() => SharedRegion.Open(name));
        }
        finally
        {
            File.Delete(Support.FileOf(name));
        }
    }

    [Fact]
    public void EveryStatusHasAnException()
    {
        foreach (ErrorRow row in ErrorTable.Rows.Where(row => row.Status < 0))
        {
            Exception made = Error.Make(row.Status, 0, "", "name");
            Assert.Contains(row.Text, made.Message);
            Type expected = row.Kind switch
            {
                ErrorKind.Closed => typeof(ObjectDisposedException),
                ErrorKind.Invalid => typeof(ArgumentException),
                ErrorKind.Overflow => typeof(ArgumentOutOfRangeException),
                ErrorKind.Timeout => typeof(TimeoutException),
                ErrorKind.Canceled => typeof(OperationCanceledException),
                _ => typeof(ZincException),
            };
            Assert.IsAssignableFrom(expected, made);
            if (made is ZincException error)
            {
                Assert.Equal(row.Status, (int)error.Status);
                Assert.Equal(row.Cause, error.Cause);
                Assert.Equal(row.Remedy, error.Remedy);
            }
        }
        var unknown = Assert.IsType<ZincException>(Error.Make(-4711, 0, "", null));
        Assert.Contains("-4711", unknown.Message);
        Assert.Equal("", unknown.Cause);
    }
}
