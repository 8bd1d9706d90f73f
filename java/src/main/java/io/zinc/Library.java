// SPDX-License-Identifier: MIT
package io.zinc;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Finds the C library and binds it: the one that ZINC_LIBRARY names, else the one in the jar, else
 * the system's. One that is found and does not fit is said so, not passed over.
 */
final class Library {
    /** The library is never unmapped, as the core has threads: dlopen's RTLD_NOW and RTLD_NODELETE,
     * and symbols that no other library sees. */
    private static final Map<String, Integer> OPTIONS = Platform.isLinux()
            ? Map.of(com.sun.jna.Library.OPTION_OPEN_FLAGS, 0x1002) : Map.of();

    /** Set once the library is bound; the failure that every later attempt repeats else. */
    private static volatile boolean bound;
    private static String failure;
    // Keeps the library open.
    private static NativeLibrary library;

    private Library() {}

    /** Called by everything that makes a handle or needs none; calls on a handle need not. */
    static void require() {
        if (!bound) {
            bind();
        }
    }

    private static synchronized void bind() {
        if (bound) {
            return;
        }
        if (failure == null) {
            try {
                NativeLibrary found = find();
                check(found);
                com.sun.jna.Native.register(Native.class, found);
                library = found;
                bound = true;
                return;
            } catch (UnsatisfiedLinkError error) {
                failure = error.getMessage();
            }
        }
        throw new UnsatisfiedLinkError(failure);
    }

    /** Where the loaded library was found. */
    static synchronized String path() {
        require();
        return String.valueOf(library.getFile());
    }

    private static NativeLibrary find() {
        String chosen = System.getenv("ZINC_LIBRARY");
        if (chosen != null && !chosen.isEmpty()) {
            try {
                return NativeLibrary.getInstance(chosen, OPTIONS);
            } catch (UnsatisfiedLinkError error) {
                throw new UnsatisfiedLinkError("zinc: ZINC_LIBRARY is '" + chosen
                        + "', which cannot be loaded: " + firstLine(error));
            }
        }
        String resource = "/" + Platform.RESOURCE_PREFIX + "/" + System.mapLibraryName("zinc");
        URL packed = Library.class.getResource(resource);
        if (packed != null) {
            return unpack(resource, packed);
        }
        List<String> tried = new ArrayList<>();
        for (String name : List.of("libzinc.so." + Native.ABI, "zinc")) {
            try {
                return NativeLibrary.getInstance(name, OPTIONS);
            } catch (UnsatisfiedLinkError error) {
                tried.add(firstLine(error));
            }
        }
        throw new UnsatisfiedLinkError("zinc: there is no libzinc: ZINC_LIBRARY is not set, this"
                + " jar has no " + resource.substring(1) + ", and the system has none: "
                + String.join("; ", tried));
    }

    private static NativeLibrary unpack(String resource, URL packed) {
        try {
            File file = com.sun.jna.Native.extractFromResourcePath(
                    resource, Library.class.getClassLoader());
            try {
                return NativeLibrary.getInstance(file.getAbsolutePath(), OPTIONS);
            } finally {
                // The copy is mapped, or was no good: either way nobody needs its name any more.
                if (!"file".equals(packed.getProtocol()) && !file.delete()) {
                    file.deleteOnExit();
                }
            }
        } catch (IOException | UnsatisfiedLinkError error) {
            throw new UnsatisfiedLinkError("zinc: the library in the package (" + packed
                    + ") cannot be loaded: " + firstLine(error)
                    + "; set ZINC_LIBRARY, or jna.tmpdir where temporary files may not be mapped");
        }
    }

    /** The release must be of the same minor, as tables are, and the layout the same. */
    private static void check(NativeLibrary found) {
        String where = "zinc: the library at " + found.getFile();
        int release;
        int layout;
        try {
            release = found.getFunction("zinc_version").invokeInt(new Object[0]);
            Function function = found.getFunction("zinc_layout");
            layout = function.invokeInt(new Object[0]);
        } catch (UnsatisfiedLinkError error) {
            throw new UnsatisfiedLinkError(where + " is not a Zinc library: " + firstLine(error));
        }
        String text = (release >>> 16) + "." + (release >>> 8 & 0xff) + "." + (release & 0xff);
        int wanted = Native.ZINC_VERSION_MAJOR << 8 | Native.ZINC_VERSION_MINOR;
        if (release >>> 8 != wanted || layout != Native.LAYOUT) {
            throw new UnsatisfiedLinkError(where + " is release " + text + " with layout " + layout
                    + ", and this package (" + Native.RELEASE + ") needs release "
                    + Native.ZINC_VERSION_MAJOR + "." + Native.ZINC_VERSION_MINOR
                    + " with layout " + Native.LAYOUT
                    + "; install the same release of both, or set ZINC_LIBRARY");
        }
    }

    private static String firstLine(Throwable error) {
        String message = String.valueOf(error.getMessage());
        int end = message.indexOf('\n');
        return end < 0 ? message : message.substring(0, end);
    }
}
