// SPDX-License-Identifier: MIT
using System;
using System.IO;
using System.Net.Sockets;

namespace Zinc.Examples;

internal static class Private
{
    internal static int Run()
    {
        string path = Path.Combine(Path.GetTempPath(), $"zinc-{Environment.ProcessId}.socket");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, 0);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        using var ours = new Socket(AddressFamily.Unix, SocketType.Stream, 0);
        ours.Connect(new UnixDomainSocketEndPoint(path));
        using Socket theirs = listener.Accept();
        File.Delete(path);

        // [section:private]
        var options = new RegionOptions { Sealed = true }; // nobody else can ever write
        using SharedRegion writer = SharedRegion.CreatePrivate("secret", 4096, options);
        writer.Bytes()[0] = 42;
        writer.Send(ours);                                 // a connected unix stream socket

        using SharedRegion reader = SharedRegion.Receive(theirs);
        Console.WriteLine(reader.ReadOnlyBytes()[0]);
        // [end:private]
        return 0;
    }
}
