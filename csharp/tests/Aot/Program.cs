// SPDX-License-Identifier: MIT
// Each kind of call once, compiled ahead of time.
using System;
using System.Threading;
using System.Threading.Tasks;
using Zinc;

string name = $"aot-{Environment.ProcessId}";

void Expect(bool asExpected, string what)
{
    if (!asExpected)
    {
        Console.WriteLine($"not as expected: {what}");
        Environment.Exit(1);
    }
}

Expect(ZincVersion.Release == ZincVersion.Package, "release");
using (SharedRegion writer = SharedRegion.Create(
    name, 4096, new RegionOptions { MaxCapacity = 65536, AcceptOwners = [1, 2] }))
using (SharedRegion reader = SharedRegion.Open(name))
{
    writer.As<int>()[3] = 77;
    writer.Notify();
    Expect(reader.Wait(1000), "wait");
    Expect(reader.As<int>(12, 1)[0] == 77, "bytes");
    Expect(!reader.TryWait(), "try wait");
    Task<bool> waiting = reader.WaitAsync(TimeSpan.FromSeconds(10));
    writer.Notify();
    Expect(await waiting, "wait async");
    using var stop = new CancellationTokenSource(20);
    try
    {
        reader.Wait(stop.Token);
        Expect(false, "cancellation");
    }
    catch (OperationCanceledException)
    {
    }
    Memory<byte> kept = reader.Memory();
    writer.Grow(65536);
    Expect(reader.Capacity == 65536, "grow");
    reader.Dispose();
    Expect(kept.Span[12] == 77, "memory");
    try
    {
        reader.Notify();
        Expect(false, "closed");
    }
    catch (ObjectDisposedException error)
    {
        Expect(error.Message.Contains("closed"), "message");
    }
    Expect(SharedRegion.Lookup(name).ParticipantsAlive == 1, "lookup");
    Expect(SharedRegion.List().Count > 0, "list");
}
try
{
    SharedRegion.Open(name).Dispose();
    Expect(false, "missing");
}
catch (RegionNotFoundException error)
{
    Expect(error.Errno == 2 && error.Status == ZincStatus.NotFound, "errno");
}
SharedRegion.Create(name, 4096, new RegionOptions { Lifetime = Lifetime.Persistent }).Dispose();
SharedRegion.Remove(name);
Expect(SharedRegion.Gc(dryRun: true).Items.Count >= 0, "gc");
Expect(SharedRegion.Doctor().PageSize > 0, "doctor");
Console.WriteLine("all as expected");
