// SPDX-License-Identifier: MIT
// Statuses as .NET's own exceptions. What the surroundings cause is a ZincException, which is an
// IOException; what the program does wrong is what .NET throws for it everywhere.
using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;

namespace Zinc;

/// <summary>Something outside of the program refused: the base of all exceptions of Zinc. The
/// message names the region, the reason and the remedy.</summary>
public class ZincException : IOException
{
    internal ZincException(int status, int errno, string message)
        : base(message)
    {
        Status = (ZincStatus)status;
        Errno = errno;
        if (errno != 0)
        {
            HResult = errno;
        }
    }

    /// <summary>What the call answered.</summary>
    public ZincStatus Status { get; }

    /// <summary>The errno of the operating system, or 0 where none says the same.</summary>
    public int Errno { get; }

    /// <summary>Why this comes about, as a sentence; "" for a number that is not Zinc's.</summary>
    public string Cause => Error.Row((int)Status).Cause;

    /// <summary>What to do about it, as a sentence; "" for a number that is not Zinc's.</summary>
    public string Remedy => Error.Row((int)Status).Remedy;
}

/// <summary>There is no region of this name, or nobody in it lives.</summary>
public sealed class RegionNotFoundException : ZincException
{
    internal RegionNotFoundException(int status, int errno, string message)
        : base(status, errno, message)
    {
    }
}

/// <summary>The name belongs to a living or persistent region, or to a foreign file.</summary>
public sealed class RegionExistsException : ZincException
{
    internal RegionExistsException(int status, int errno, string message)
        : base(status, errno, message)
    {
    }
}

/// <summary>Another user's file, a looser mode than accepted, a read-only or sealed region, or a
/// right that only the creator's handle has.</summary>
public sealed class RegionAccessException : ZincException
{
    internal RegionAccessException(int status, int errno, string message)
        : base(status, errno, message)
    {
    }
}

/// <summary>The file is no region, one of another layout or byte order, or a damaged one.
/// </summary>
public sealed class RegionFormatException : ZincException
{
    internal RegionFormatException(int status, int errno, string message)
        : base(status, errno, message)
    {
    }
}

internal static unsafe class Error
{
    internal static ErrorRow Row(int status)
    {
        foreach (ErrorRow row in ErrorTable.Rows)
        {
            if (row.Status == status)
            {
                return row;
            }
        }
        return new ErrorRow(status, "ZINC_E_?", ErrorKind.System, "", "", "");
    }

    /// <summary>The exception for a call by name, which filled in `failure`.</summary>
    internal static Exception FromCall(int status, in Native.zinc_error failure, string? about)
    {
        fixed (byte* message = failure.message)
        {
            return Make(status, failure.system_errno, Text(message, 504), about);
        }
    }

    /// <summary>The exception for a call on a handle, of which the caller holds a reference.
    /// </summary>
    internal static Exception FromHandle(nint region, int status, string name)
    {
        Native.zinc_error failure = default;
        _ = Native.zinc_region_explain(region, status, &failure);
        return FromCall(status, failure, name);
    }

    internal static Exception Closed(string name) => Make(
        Native.ZINC_E_CLOSED, 0, $"region '{name}' is closed: open it again", name);

    internal static Exception Make(int status, int errno, string message, string? about)
    {
        ErrorRow row = Row(status);
        if (message.Length == 0)
        {
            message = row.Text.Length != 0 ? row.Text : $"the system answered {status}";
        }
        return row.Kind switch
        {
            ErrorKind.Closed => new ObjectDisposedException(about, message),
            ErrorKind.Invalid => new ArgumentException(message),
            ErrorKind.Overflow => TooLarge(message, "capacity"),
            ErrorKind.Timeout => new TimeoutException(message),
            ErrorKind.Canceled => new OperationCanceledException(message),
            ErrorKind.NotFound => new RegionNotFoundException(status, errno, message),
            ErrorKind.Exists => new RegionExistsException(status, errno, message),
            ErrorKind.Denied => new RegionAccessException(status, errno, message),
            ErrorKind.Layout or ErrorKind.Corrupt =>
                new RegionFormatException(status, errno, message),
            _ => new ZincException(status, errno, message),
        };
    }

    private static ArgumentOutOfRangeException TooLarge(string message, string parameter) =>
        new(parameter, message);

    /// <summary>Text of a fixed array, up to its NUL or its end.</summary>
    internal static string Text(byte* text, int room)
    {
        var bytes = new ReadOnlySpan<byte>(text, room);
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }

    internal static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}
