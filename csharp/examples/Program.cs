// SPDX-License-Identifier: MIT
using System;
using System.Threading.Tasks;

namespace Zinc.Examples;

internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        string[] rest = arguments.Length > 0 ? arguments[1..] : [];
        switch (arguments.Length > 0 ? arguments[0] : "")
        {
            case "firstlines":
                return FirstLines.Run();
            case "bytes":
                return Bytes.Run();
            case "waiting":
                return Waiting.Run();
            case "async":
                return await Async.Run();
            case "closing":
                return Closing.Run();
            case "errors":
                return Errors.Run();
            case "private":
                return Private.Run();
            case "peer":
                return Peer.Run(rest);
            case "verify":
                return Verify.Run(rest);
            default:
                Console.Error.WriteLine(
                    "usage: zinc-examples firstlines|bytes|waiting|async|closing|errors|private\n"
                    + "       zinc-examples peer SCENARIO ROLE NAME\n"
                    + "       zinc-examples verify DATA ANSWER SOCKET");
                return 2;
        }
    }
}
