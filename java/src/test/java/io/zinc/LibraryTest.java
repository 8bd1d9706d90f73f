// SPDX-License-Identifier: MIT
package io.zinc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Platform;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the C library is found, and what is said when it does not fit. */
class LibraryTest {
    private static final String RESOURCE =
            Platform.RESOURCE_PREFIX + "/" + System.mapLibraryName("zinc");

    @TempDir
    private Path folder;
    /** The class path with this package's classes, but without a library in it. */
    private String bare;

    @BeforeEach
    void copyClasses() throws Exception {
        Path classes = Path.of(
                Version.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        Path copy = folder.resolve("classes");
        try (Stream<Path> files = Files.walk(classes.resolve("io"))) {
            for (Path file : files.toList()) {
                Path target = copy.resolve(classes.relativize(file).toString());
                Files.createDirectories(target.getParent());
                if (Files.isRegularFile(file)) {
                    Files.copy(file, target);
                }
            }
        }
        bare = Arrays.stream(Support.classPath().split(File.pathSeparator))
                .map(part -> Path.of(part).equals(classes) ? copy.toString() : part)
                .collect(Collectors.joining(File.pathSeparator));
        assertFalse(bare.equals(Support.classPath()), "the classes are not in the class path");
    }

    private static Path library() {
        return Path.of(Library.path());
    }

    private Path copyTo(String name) throws IOException {
        Path copy = folder.resolve(name);
        Files.createDirectories(copy.getParent());
        return Files.copy(library(), copy);
    }

    private Support.Ended run(String classPath, String program, String chosen, String searched)
            throws Exception {
        Map<String, String> environment = new HashMap<>();
        environment.put("ZINC_LIBRARY", chosen);
        environment.put("LD_LIBRARY_PATH", searched);
        List<String> options = List.of("-Djna.tmpdir=" + temporary());
        return Support.run(Support.child(classPath, options, program), environment);
    }

    private Path temporary() throws IOException {
        return Files.createDirectories(folder.resolve("temporary"));
    }

    /** This package with a library in it, as it is published. */
    private String jar(Path packed) throws IOException {
        Path jar = folder.resolve("zinc.jar");
        Path classes = folder.resolve("classes");
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream all = new JarOutputStream(out);
                Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                all.putNextEntry(new JarEntry(classes.relativize(file).toString()));
                Files.copy(file, all);
            }
            all.putNextEntry(new JarEntry(RESOURCE));
            Files.copy(packed, all);
        }
        return bare.replace(classes.toString(), jar.toString());
    }

    @Test
    void theEnvironmentComesFirst() throws Exception {
        Path chosen = copyTo("chosen/libchosen.so");
        Support.Ended ended = run(jar(library()), "version", chosen.toString(),
                library().getParent().toString());
        assertEquals(Version.text() + " " + chosen + "\n", ended.out(), ended.err());
    }

    @Test
    void thenTheOneInThePackage() throws Exception {
        Support.Ended ended = run(jar(library()), "version", null,
                copyTo("system/libzinc.so.1").getParent().toString());
        assertTrue(ended.out().startsWith(Version.text() + " " + temporary()), ended.toString());
        try (Stream<Path> left = Files.list(temporary())) {
            assertEquals(List.of(), left.filter(file -> !file.toString().endsWith(".x")
                    && !file.toString().contains("jnidispatch")).toList(), "no copy is left");
        }
    }

    @Test
    void thenTheSystems() throws Exception {
        for (String name : List.of("one/libzinc.so.1", "two/libzinc.so")) {
            Path system = copyTo(name);
            Support.Ended ended = run(bare, "version", null, system.getParent().toString());
            assertTrue(ended.out().startsWith(Version.text() + " "), ended.toString());
        }
    }

    @Test
    void noneIsSaidAndAgain() throws Exception {
        Support.Ended ended = run(bare, "twice", null, null);
        List<String> lines = ended.out().lines().toList();
        assertEquals(2, lines.size(), ended.toString());
        assertEquals(lines.get(0), lines.get(1));
        assertTrue(lines.get(0).startsWith("zinc: there is no libzinc"), lines.get(0));
        assertTrue(lines.get(0).contains("ZINC_LIBRARY") && lines.get(0).contains(RESOURCE));
    }

    @Test
    void aChosenOneThatCannotBeLoadedIsNotPassedOver() throws Exception {
        Path text = Files.writeString(folder.resolve("libtext.so"), "no library");
        for (String chosen : List.of(text.toString(), "/nowhere/libzinc.so")) {
            Support.Ended ended = run(jar(library()), "twice", chosen, null);
            String line = ended.out().lines().findFirst().orElse(ended.err());
            assertTrue(line.startsWith("zinc: ZINC_LIBRARY is '" + chosen
                    + "', which cannot be loaded"), line);
        }
    }

    @Test
    void aLibraryOfSomethingElseIsSaid() throws Exception {
        Support.Ended ended = run(bare, "twice", "libm.so.6", null);
        String line = ended.out().lines().findFirst().orElse(ended.err());
        assertTrue(line.contains("is not a Zinc library"), line);
    }

    @Test
    void anEmptyChoiceIsNone() throws Exception {
        Support.Ended ended = run(jar(library()), "version", "", null);
        assertTrue(ended.out().startsWith(Version.text() + " " + temporary()), ended.toString());
    }

    /** A library that says these numbers of itself. */
    private Path pretender(String name, int release, int layout) throws Exception {
        Path source = Files.writeString(folder.resolve(name + ".c"),
                "unsigned zinc_version(void) { return " + release + "; }\n"
                + "unsigned zinc_layout(void) { return " + layout + "; }\n");
        Path made = folder.resolve("lib" + name + ".so");
        Process compiler = new ProcessBuilder(
                "cc", "-shared", "-fPIC", "-o", made.toString(), source.toString())
                .inheritIO().start();
        assertEquals(0, compiler.waitFor());
        return made;
    }

    private String refusal(Path chosen) throws Exception {
        Support.Ended ended = run(bare, "twice", chosen.toString(), null);
        return ended.out().lines().findFirst().orElse(ended.err());
    }

    @Test
    void aMismatchIsSaid() throws Exception {
        String other = refusal(pretender("newer", 9 << 16 | 3 << 8 | 4, Native.LAYOUT));
        assertTrue(other.contains("release 9.3.4") && other.contains(Native.RELEASE), other);
        int own = Version.number();
        String layout = refusal(pretender("layout", own, 77));
        assertTrue(layout.contains("layout 77"), layout);
        assertTrue(layout.contains("needs release 0.1 with layout " + Native.LAYOUT), layout);
        // The right numbers, and none of the functions.
        String hollow = refusal(pretender("hollow", own, Native.LAYOUT));
        assertTrue(hollow.contains("zinc_"), hollow);
    }

    @Test
    void thePackagesOwnMismatchIsSaidToo() throws Exception {
        String classPath = jar(pretender("packed", 9 << 16, Native.LAYOUT));
        Support.Ended ended = run(classPath, "twice", null, null);
        assertTrue(ended.out().contains("release 9.0.0"), ended.toString());
    }
}
