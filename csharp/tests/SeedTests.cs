// SPDX-License-Identifier: MIT
using System;
using System.Runtime.InteropServices;
using System.Text;
using Xunit;

namespace Zinc.Tests;

/// <summary>The lines that users have read of regions, as they are in C#.</summary>
public sealed unsafe class SeedTests
{
    [Fact]
    public void OneWritesOneReads()
    {
        string pipeline = Support.Name("pipeline");
        using SharedRegion region = SharedRegion.Create(pipeline, 64 * 1024 * 1024);
        Span<float> arr = region.As<float>();
        float[] modelOutput = new float[arr.Length];
        modelOutput[^1] = 23.5f;
        modelOutput.CopyTo(arr);
        region.Notify();

        using SharedRegion reader = SharedRegion.Open(pipeline);
        Assert.True(reader.Wait(1000));
        Span<byte> data = reader.Bytes();
        Assert.Equal(67_108_864, data.Length);
        Assert.Equal(23.5f, MemoryMarshal.Cast<byte, float>(data)[^1]);
        float* ptr = (float*)reader.Address;
        Assert.Equal(23.5f, ptr[reader.Capacity / 4 - 1]);
    }

    /// <summary>The library is found before a method is compiled that calls it directly.</summary>
    public SeedTests() => Assert.Equal("0.1.0", ZincVersion.Release);

    [Fact]
    public void TheEightFunctionsKeepTheirNumbers()
    {
        Assert.Equal(0x000100u, Native.zinc_version());
        byte[] name = Encoding.UTF8.GetBytes(Support.Name("eight") + '\0');
        nint writer, reader;
        fixed (byte* letters = name)
        {
            Assert.Equal(-2, Native.zinc_open(letters, &reader));
            Assert.Equal(0, Native.zinc_create(letters, 4096, &writer));
            Assert.Equal(-17, Native.zinc_create(letters, 4096, &reader));
            Assert.Equal(0, Native.zinc_open(letters, &reader));
        }
        Assert.Equal(4096u, Native.zinc_capacity(reader));
        Native.zinc_ptr(writer)[0] = 42;
        Native.zinc_notify(writer);
        Assert.Equal(0, Native.zinc_wait(reader, 1000));
        Assert.Equal(-110, Native.zinc_wait(reader, 10));
        Assert.Equal(42, Native.zinc_ptr(reader)[0]);
        Native.zinc_close(reader);
        Native.zinc_close(writer);
    }

    [Fact]
    public void ASensorsMemory()
    {
        string name = Support.Name("sensor_data");
        using SharedRegion mem = SharedRegion.Create("/" + name, 10 * 1024 * 1024);
        mem.As<float>(0, 1000)[0] = 23.5f;
        using SharedRegion other = SharedRegion.Open(name);
        Assert.Equal(23.5f, other.As<float>(0, 1000)[0]);
    }
}
