// SPDX-License-Identifier: MIT
// The verifier of the scenario "file" (adapters/scenarios/file.md), in C#.
using System;
using System.Diagnostics;
using System.IO;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Zinc.Examples;

internal static class Verify
{
    private const int PatienceMilliseconds = 120_000;

    internal static int Run(string[] arguments)
    {
        try
        {
            Answer(arguments[0], arguments[1], int.Parse(arguments[2], null));
            return 0;
        }
        catch (Exception error)
        {
            Console.Error.WriteLine($"verify (C#): {error.Message}");
            return 1;
        }
    }

    private static void Answer(string dataName, string answerName, int socketNumber)
    {
        // [section:open]
        using SharedRegion data = SharedRegion.Open(dataName);
        Span<byte> view = data.Bytes();
        // [end:open]
        using SharedRegion reply = SharedRegion.Open(answerName);
        Span<ulong> answer = reply.As<ulong>(0, 12); // state, four times, seven facts
        Span<byte> hash = reply.Bytes(96, 32);
        Span<byte> socketHash = reply.Bytes(128, 32);

        data.TryWait(); // a fresh handle sees the last notification: that one is not ours
        answer[0] = 1;
        reply.Notify();

        // [section:wait]
        if (!data.Wait(PatienceMilliseconds))
        {
            throw new TimeoutException("no notification came");
        }
        // [end:wait]
        answer[1] = Now();
        SHA256.HashData(view, hash);
        answer[2] = Now();
        ulong address = Proof.AddressOf(view);
        Proof proof = Proof.Find(address);
        answer[5] = (ulong)data.Address;
        answer[6] = address;
        answer[7] = proof.Device;
        answer[8] = proof.Inode;
        answer[9] = proof.Offset;
        answer[10] = proof.Frame;
        answer[11] = (ulong)view.Length;
        answer[0] = 2;
        reply.Notify();

        byte[] copy = new byte[data.Capacity];
        using var handle = new SafeSocketHandle(socketNumber, ownsHandle: false);
        using var socket = new Socket(handle);
        for (int have = 0; have < copy.Length;)
        {
            int got = socket.Receive(copy, have, copy.Length - have, SocketFlags.None);
            have += got > 0 ? got : throw new EndOfStreamException("the socket ended early");
        }
        answer[3] = Now();
        SHA256.HashData(copy, socketHash);
        answer[4] = Now();
        answer[0] = 3;
        reply.Notify();
    }

    /// <summary>CLOCK_MONOTONIC in nanoseconds, which is what Stopwatch reads on Linux.</summary>
    private static ulong Now() =>
        (ulong)(Stopwatch.GetTimestamp() * (1_000_000_000 / Stopwatch.Frequency));
}
