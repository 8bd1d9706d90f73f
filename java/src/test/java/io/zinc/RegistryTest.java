// SPDX-License-Identifier: MIT
package io.zinc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The regions of a domain, seen from outside. */
class RegistryTest {
    private final String name = Support.name();

    /** A process that has created the region and waits; killed by the test. */
    private Process holder() throws Exception {
        Process holder = Support.child("hold", name)
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        BufferedReader out = new BufferedReader(new InputStreamReader(holder.getInputStream()));
        assertEquals("ready", out.readLine());
        return holder;
    }

    private static void kill(Process process) throws Exception {
        process.destroyForcibly();
        assertTrue(process.waitFor(10, TimeUnit.SECONDS));
    }

    @Test
    void listIsSortedByName() {
        try (SharedRegion second = SharedRegion.create(name + "-b", 200);
                SharedRegion first = SharedRegion.create(name + "-a", 100)) {
            List<RegionInfo> mine = Registry.list().stream()
                    .filter(info -> info.name().startsWith(name)).toList();
            assertEquals(List.of(name + "-a", name + "-b"),
                    mine.stream().map(RegionInfo::name).toList());
            assertEquals(List.of(100L, 200L), mine.stream().map(RegionInfo::capacity).toList());
            assertEquals(second.capacity() - 100, first.capacity());
        }
    }

    @Test
    void whatIsNoRegionIsListedWithItsStatus() throws Exception {
        Files.writeString(Support.file(name), "this is no region".repeat(2000));
        try {
            RegionInfo info = Registry.list().stream()
                    .filter(found -> found.name().equals(name)).findFirst().orElseThrow();
            assertEquals(Native.ZINC_E_LAYOUT, info.status());
        } finally {
            Files.delete(Support.file(name));
        }
    }

    @Test
    void lookupDoesNotTakePart() {
        assertThrows(RegionNotFoundException.class, () -> Registry.lookup(name));
        try (SharedRegion region = SharedRegion.create(name, 100)) {
            RegionInfo info = Registry.lookup(name);
            assertEquals(100, info.capacity());
            assertEquals(1, info.participantsAlive());
            assertEquals(region.info().inode(), info.inode());
            assertFalse(info.created());
        }
        assertThrows(RegionNotFoundException.class, () -> Registry.lookup(name));
    }

    @Test
    void participantsAreRows() {
        try (SharedRegion region = SharedRegion.create(name, 100);
                SharedRegion other = SharedRegion.open(name)) {
            List<Participant> rows = Registry.participants(name);
            assertEquals(2, rows.size());
            for (Participant row : rows) {
                assertTrue(row.alive());
                assertTrue(row.sameNamespace());
                assertEquals(ProcessHandle.current().pid(), row.pid());
                assertTrue(row.startedTicks() > 0);
                assertFalse(row.program().isEmpty());
                assertEquals(0, row.waits());
            }
            assertEquals(1, rows.stream().filter(Participant::creator).count());
            assertEquals(2, rows.stream().map(Participant::row).distinct().count());
            assertEquals(region.capacity(), other.capacity());
        }
    }

    @Test
    void removeIsTheForce() {
        try (SharedRegion region = SharedRegion.create(name, 100)) {
            Registry.remove(name);
            assertTrue(region.info().stale());
            region.buffer().put(0, (byte) 1);
            assertThrows(RegionNotFoundException.class, () -> Registry.remove(name));
        }
    }

    @Test
    void aKilledCreatorsNameIsFree() throws Exception {
        Process holder = holder();
        try (SharedRegion region = SharedRegion.open(name)) {
            assertTrue(region.info().creatorAlive());
            kill(holder);
            Support.until("the death is seen", () -> !region.info().creatorAlive());
            assertEquals(1, region.buffer().get(0));
        }
        assertThrows(RegionNotFoundException.class, () -> SharedRegion.open(name));
        SharedRegion.create(name, 100).close();
    }

    @Test
    void aKilledCreatorsRegionCanBeCollected() throws Exception {
        Process holder = holder();
        kill(holder);
        Support.until("it can go", () -> Registry.lookup(name).reclaimable());
        GcReport told = Registry.gc(true);
        assertTrue(told.removals().stream().anyMatch(one -> one.name().equals(name)), told + "");
        assertTrue(Files.exists(Support.file(name)));
        GcReport done = Registry.gc();
        Removal mine = done.removals().stream()
                .filter(one -> one.name().equals(name)).findFirst().orElseThrow();
        assertEquals(0, mine.status());
        assertFalse(mine.temporary());
        assertTrue(mine.allocated() > 0);
        assertTrue(done.regionsRemoved() >= 1 && done.bytesRemoved() >= mine.allocated());
        assertEquals(0, done.failures());
        assertFalse(Files.exists(Support.file(name)));
    }

    @Test
    void gcLeavesTheLivingAndThePersistent() {
        RegionOptions persistent =
                RegionOptions.builder().lifetime(Lifetime.PERSISTENT).build();
        SharedRegion.create(name + "-kept", 100, persistent).close();
        try (SharedRegion living = SharedRegion.create(name, 100)) {
            GcReport report = Registry.gc();
            assertTrue(report.regionsSeen() >= 2);
            assertTrue(report.removals().stream()
                    .noneMatch(one -> one.name().startsWith(name)), report + "");
            assertEquals(100, living.capacity());
        } finally {
            Registry.remove(name + "-kept");
        }
    }

    @Test
    void doctorKnowsTheMachine() {
        try (SharedRegion region = SharedRegion.create(name, 1 << 20)) {
            DoctorFacts facts = Registry.doctor();
            assertEquals(0, facts.directoryStatus());
            assertEquals(Support.file(name).getParent().toString(), facts.directory());
            assertEquals(region.info().domain(), facts.domain());
            assertFalse(facts.filesystem().isEmpty());
            assertFalse(facts.waitBackend().isEmpty());
            assertTrue(facts.directoryTotal().getAsLong() >= facts.directoryFree().getAsLong());
            assertTrue(facts.descriptorsUsed().getAsLong() > 0);
            assertTrue(facts.mapsUsed().getAsLong() > 0);
            assertEquals(0, facts.pageSize() % 4096);
            assertEquals(Runtime.getRuntime().availableProcessors(), facts.processors());
            assertTrue(facts.regions() >= 1);
            assertTrue(facts.hasProc());
            assertTrue(List.of("yes", "no", "unknown").contains(facts.removesIpc()));
        }
    }
}
