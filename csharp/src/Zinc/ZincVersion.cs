// SPDX-License-Identifier: MIT
using System;
using System.Runtime.InteropServices;

namespace Zinc;

/// <summary>The version numbers of the package and of the native library that it uses.</summary>
public static unsafe class ZincVersion
{
    /// <summary>The release of this package, for example "0.1.0".</summary>
    public static string Package => Native.ZINC_RELEASE;

    /// <summary>The release of the loaded library, for example "0.1.0".</summary>
    /// <exception cref="DllNotFoundException">There is no usable native library.</exception>
    public static string Release
    {
        get
        {
            Library.Ensure();
            return Marshal.PtrToStringUTF8((nint)Native.zinc_version_text()) ?? "";
        }
    }

    /// <summary>The layout that the loaded library writes into regions and accepts in them.
    /// </summary>
    /// <exception cref="DllNotFoundException">There is no usable native library.</exception>
    public static int Layout
    {
        get
        {
            Library.Ensure();
            return (int)Native.zinc_layout();
        }
    }

    /// <summary>Where the native library was loaded from: a file, or the name that the system
    /// found.</summary>
    /// <exception cref="DllNotFoundException">There is no usable native library.</exception>
    public static string LibraryPath
    {
        get
        {
            _ = Layout;
            return Library.Path;
        }
    }
}
