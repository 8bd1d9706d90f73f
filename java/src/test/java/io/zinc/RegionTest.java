// SPDX-License-Identifier: MIT
package io.zinc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Making regions, their options and facts. */
class RegionTest {
    private final String name = Support.name();
    private SharedRegion region;

    @BeforeEach
    void create() {
        region = SharedRegion.create(name, 4096);
    }

    @AfterEach
    void close() {
        region.close();
    }

    @Test
    void createAndOpenAreTheSameBytes() {
        region.buffer().putInt(100, 0x01020304);
        try (SharedRegion other = SharedRegion.open(name)) {
            assertEquals(0x01020304, other.buffer().getInt(100));
            other.buffer().put(4095, (byte) 9);
        }
        assertEquals(9, region.buffer().get(4095));
    }

    @Test
    void aNewRegionIsZeroAndHasTheCapacityExactly() {
        try (SharedRegion odd = SharedRegion.create(Support.name(), 4097)) {
            assertEquals(4097, odd.capacity());
            ByteBuffer bytes = odd.buffer();
            assertEquals(4097, bytes.remaining());
            assertEquals(-1, bytes.mismatch(ByteBuffer.allocate(4097)));
        }
    }

    @Test
    void aLeadingSlashMeansTheSameName() {
        try (SharedRegion other = SharedRegion.open("/" + name)) {
            assertEquals(name, other.name());
        }
    }

    @Test
    void createRefusesANameInUse() {
        RegionExistsException error = assertThrows(RegionExistsException.class,
                () -> SharedRegion.create(name, 4096));
        assertEquals(ErrorKind.EXISTS, error.kind());
        assertTrue(error.getMessage().contains(name), error.getMessage());
    }

    @Test
    void openRefusesAMissingName() {
        RegionNotFoundException error = assertThrows(RegionNotFoundException.class,
                () -> SharedRegion.open(name + "-missing"));
        assertEquals(2, error.systemErrno());
        assertTrue(error.getMessage().contains(name + "-missing"), error.getMessage());
    }

    @Test
    void openOrCreateCreatesOnce() {
        String fresh = Support.name();
        try (SharedRegion first = SharedRegion.openOrCreate(fresh, 100);
                SharedRegion second = SharedRegion.openOrCreate(fresh, 50)) {
            assertTrue(first.info().created());
            assertFalse(second.info().created());
            assertEquals(100, second.capacity());
            ZincException error = assertThrows(ZincException.class,
                    () -> SharedRegion.openOrCreate(fresh, 101));
            assertEquals(ErrorKind.OVERFLOW, error.kind());
        }
    }

    @Test
    void replaceGivesTheNameToNewBytes() {
        region.buffer().put(0, (byte) 1);
        try (SharedRegion fresh = SharedRegion.replace(name, 8192);
                SharedRegion opened = SharedRegion.open(name)) {
            assertTrue(region.tryAwait(), "users of the old one are told");
            assertTrue(region.info().stale());
            assertEquals(1, region.buffer().get(0));
            assertEquals(8192, opened.capacity());
            assertEquals(0, opened.buffer().get(0));
            assertTrue(fresh.info().created());
        }
    }

    @Test
    void unlinkBelongsToTheCreator() {
        try (SharedRegion other = SharedRegion.open(name)) {
            RegionAccessException error =
                    assertThrows(RegionAccessException.class, other::unlink);
            assertEquals(ErrorKind.DENIED, error.kind());
            region.unlink();
            region.unlink();
            assertThrows(RegionNotFoundException.class, () -> SharedRegion.open(name));
            region.buffer().put(7, (byte) 7);
            assertEquals(7, other.buffer().get(7));
        }
    }

    @Test
    void growIsInPlaceAndSeenByAll() {
        String growing = Support.name();
        RegionOptions options = RegionOptions.builder().maxCapacity(1 << 20).build();
        try (SharedRegion first = SharedRegion.create(growing, 4096, options);
                SharedRegion second = SharedRegion.open(growing)) {
            ByteBuffer before = first.buffer();
            long address = first.address();
            before.put(0, (byte) 5);
            first.grow(1 << 20);
            assertEquals(address, first.address());
            assertEquals(1 << 20, second.capacity());
            assertTrue(second.tryAwait(), "a growth is told");
            assertEquals(4096, before.capacity());
            assertEquals(1 << 20, second.buffer().capacity());
            first.buffer().put((1 << 20) - 1, (byte) 6);
            assertEquals(6, second.buffer().get((1 << 20) - 1));
            assertEquals(5, second.buffer().get(0));
            first.grow(100);
            assertEquals(1 << 20, first.capacity());
            ZincException error =
                    assertThrows(ZincException.class, () -> first.grow((1 << 20) + 1));
            assertEquals(ErrorKind.OVERFLOW, error.kind());
        }
    }

    @Test
    void attachToADescriptor() {
        region.buffer().put(0, (byte) 3);
        try (Descriptor descriptor = region.descriptor();
                SharedRegion other = SharedRegion.attach(descriptor.number())) {
            assertEquals(3, other.buffer().get(0));
            assertEquals(name, other.name());
            descriptor.close();
            assertThrows(IllegalStateException.class, descriptor::number);
            descriptor.close();
            assertEquals(3, other.buffer().get(0));
        }
    }

    @Test
    void attachReadOnly() {
        RegionOptions readOnly = RegionOptions.builder().readOnly(true).build();
        try (Descriptor descriptor = region.descriptor();
                SharedRegion other = SharedRegion.attach(descriptor.number(), readOnly)) {
            assertTrue(other.info().readOnly());
            assertTrue(other.buffer().isReadOnly());
            assertFalse(region.buffer().isReadOnly());
        }
    }

    @Test
    void pagesOfTheHugetlbPoolOrAnError() {
        RegionOptions options = RegionOptions.builder().hugetlb(true).build();
        try (SharedRegion huge = SharedRegion.createPrivate("huge", 2 << 20, options)) {
            huge.buffer().put(0, (byte) 1);
            assertTrue(huge.info().hugeBytes() > 0);
        } catch (ZincException error) {
            assertTrue(Set.of(ErrorKind.MEMORY, ErrorKind.FULL, ErrorKind.NOT_SUPPORTED)
                    .contains(error.kind()), error.toString());
        }
    }

    @Test
    void attachRefusesWhatIsNoRegion() throws Exception {
        assertThrows(ZincException.class, () -> SharedRegion.attach(-1));
        assertThrows(ZincException.class, () -> SharedRegion.attach(999_999));
    }

    @Test
    void aPrivateRegionGoesOverASocket() {
        int[] pair = LibC.socketPair();
        RegionOptions sealed = RegionOptions.builder().sealed(true).build();
        try (SharedRegion writer = SharedRegion.createPrivate("frames", 4096, sealed)) {
            assertTrue(writer.info().isPrivate());
            assertTrue(writer.info().sealed());
            writer.buffer().put(0, (byte) 8);
            writer.send(pair[0]);
            try (SharedRegion reader = SharedRegion.receive(pair[1])) {
                assertEquals(8, reader.buffer().get(0));
                assertTrue(reader.info().readOnly());
                assertTrue(reader.buffer().isReadOnly(), "its pages cannot be written");
                assertTrue(reader.buffer(0, 16).isReadOnly());
                assertThrows(RegionAccessException.class, reader::signal);
            }
        }
        LibC.close(pair[0]);
        ZincException end =
                assertThrows(ZincException.class, () -> SharedRegion.receive(pair[1]));
        assertEquals(ErrorKind.CLOSED, end.kind());
        ZincException dead = assertThrows(ZincException.class, () -> region.send(pair[1]));
        assertEquals(ErrorKind.PEER_DEAD, dead.kind());
        LibC.close(pair[1]);
    }

    @Test
    void aPrivateRegionNeedsNoLabel() {
        try (SharedRegion unnamed = SharedRegion.createPrivate(null, 1)) {
            assertEquals("private", unnamed.name());
        }
    }

    @Test
    void modeIsAsAsked() throws Exception {
        assertEquals("rw-------", PosixFilePermissions.toString(
                Files.getPosixFilePermissions(Support.file(name))));
        String open = Support.name();
        RegionOptions options = RegionOptions.builder().mode(0640).build();
        try (SharedRegion loose = SharedRegion.create(open, 10, options)) {
            assertEquals(0640, loose.info().mode());
            assertEquals("rw-r-----", PosixFilePermissions.toString(
                    Files.getPosixFilePermissions(Support.file(open))));
        }
    }

    @Test
    void aLooseModeMustBeAccepted() {
        String open = Support.name();
        RegionOptions options = RegionOptions.builder().mode(0666).build();
        try (SharedRegion loose = SharedRegion.create(open, 10, options)) {
            assertThrows(RegionAccessException.class, () -> SharedRegion.open(open));
            RegionOptions accept = RegionOptions.builder().acceptMode(022).build();
            try (SharedRegion other = SharedRegion.open(open, accept)) {
                assertEquals(10, other.capacity());
            }
            assertEquals(0666, loose.info().mode());
        }
    }

    @Test
    void aGroupIsGiven() {
        long group = region.info().group();
        RegionOptions options = RegionOptions.builder().group(group).mode(0660).build();
        try (SharedRegion shared = SharedRegion.create(Support.name(), 10, options)) {
            assertEquals(group, shared.info().group());
        }
    }

    @Test
    void readOnlyHandlesReadAndWait() throws Exception {
        region.buffer().put(1, (byte) 4);
        RegionOptions readOnly = RegionOptions.builder().readOnly(true).build();
        try (SharedRegion reader = SharedRegion.open(name, readOnly)) {
            assertTrue(reader.info().readOnly());
            assertEquals(4, reader.buffer().get(1));
            assertTrue(reader.buffer().isReadOnly());
            assertThrows(java.nio.ReadOnlyBufferException.class,
                    () -> reader.buffer().put(0, (byte) 1));
            assertThrows(RegionAccessException.class, reader::signal);
            assertThrows(RegionAccessException.class, () -> reader.grow(8192));
            region.signal();
            assertTrue(reader.await(5000));
        }
    }

    @Test
    void rowsLimitTheParticipants() {
        String small = Support.name();
        RegionOptions options = RegionOptions.builder().rows(2).build();
        try (SharedRegion first = SharedRegion.create(small, 10, options);
                SharedRegion second = SharedRegion.open(small)) {
            ZincException error =
                    assertThrows(ZincException.class, () -> SharedRegion.open(small));
            assertEquals(ErrorKind.USERS, error.kind());
            assertEquals(2, second.info().rows());
            assertEquals(2, first.info().participantsAlive());
        }
    }

    @ParameterizedTest
    @EnumSource(Lifetime.class)
    void lifetimeSaysWhenTheNameGoes(Lifetime lifetime) {
        String kept = Support.name();
        RegionOptions options = RegionOptions.builder().lifetime(lifetime).build();
        SharedRegion creator = SharedRegion.create(kept, 10, options);
        SharedRegion other = SharedRegion.open(kept);
        assertEquals(lifetime, other.info().lifetime());
        creator.close();
        assertEquals(lifetime != Lifetime.CREATOR, Files.exists(Support.file(kept)));
        other.close();
        assertEquals(lifetime == Lifetime.PERSISTENT, Files.exists(Support.file(kept)));
        if (lifetime == Lifetime.PERSISTENT) {
            SharedRegion.open(kept).close();
            Registry.remove(kept);
            assertFalse(Files.exists(Support.file(kept)));
        }
    }

    @ParameterizedTest
    @EnumSource(WaitPolicy.class)
    void theWaitPolicyBelongsToTheHandle(WaitPolicy policy) throws Exception {
        RegionOptions options = RegionOptions.builder().waitPolicy(policy).build();
        try (SharedRegion other = SharedRegion.open(name, options)) {
            assertEquals(policy, other.info().waitPolicy());
            assertEquals(WaitPolicy.ADAPTIVE, region.info().waitPolicy());
            assertFalse(other.await(20));
            region.signal();
            assertTrue(other.await(20));
        }
    }

    @Test
    void pagesComeAsAsked() {
        RegionOptions eager = RegionOptions.builder().prefault(true).hugePages(true).build();
        try (SharedRegion full = SharedRegion.create(Support.name(), 1 << 20, eager)) {
            assertEquals(1 << 20, full.info().prefaulted());
            assertTrue(full.info().allocated() >= 1 << 20);
        }
        RegionOptions sparse = RegionOptions.builder().sparse(true).build();
        try (SharedRegion empty = SharedRegion.create(Support.name(), 1 << 20, sparse)) {
            assertTrue(empty.info().sparse());
            assertTrue(empty.info().allocated() < 1 << 20);
        }
    }

    @Test
    void readOnlyWaitersIsReported() {
        RegionOptions options = RegionOptions.builder().readOnlyWaiters(true).build();
        try (SharedRegion woken = SharedRegion.create(Support.name(), 10, options)) {
            assertTrue(woken.info().readOnlyWaiters());
            assertFalse(region.info().readOnlyWaiters());
        }
    }

    @Test
    void optionsAreWhatTheyWereWhenBuilt() {
        RegionOptions.Builder builder = RegionOptions.builder().mode(0640).sparse(true);
        RegionOptions options = builder.build();
        builder.mode(0600).sparse(false);
        try (SharedRegion made = SharedRegion.create(Support.name(), 10, options)) {
            assertEquals(0640, made.info().mode());
            assertTrue(made.info().sparse());
        }
    }

    @Test
    void infoIsComplete() throws Exception {
        RegionInfo info = region.info();
        assertEquals(name, info.name());
        String domain = System.getenv("ZINC_DOMAIN");
        assertEquals(domain == null ? "" : domain, info.domain());
        assertEquals(4096, info.capacity());
        assertEquals(4096, info.maxCapacity());
        assertTrue(info.dataOffset() > 0);
        assertTrue(info.allocated() >= 4096);
        long age = System.currentTimeMillis() - info.createdNs() / 1_000_000;
        assertTrue(age >= -1000 && age < 60_000, "created " + age + " ms ago");
        assertEquals(Files.getAttribute(Support.file(name), "unix:ino"), info.inode());
        assertEquals(0600, info.mode());
        assertEquals(ProcessHandle.current().pid(), info.creatorPid());
        assertEquals(128, info.rows());
        assertEquals(1, info.participantsAlive());
        assertEquals(0, info.participantsDead());
        assertEquals(0, info.waiters());
        assertEquals(Version.layout(), info.layout());
        assertEquals(0, info.status());
        assertTrue(info.created());
        assertTrue(info.creatorAlive());
        assertFalse(info.readOnly() || info.isPrivate() || info.sealed() || info.stale()
                || info.dead() || info.gone() || info.reclaimable() || info.sparse());
        region.signal();
        assertEquals(info.notifications() + 1, region.info().notifications());
    }

    @Test
    void aTruncatedFileIsGone() throws Exception {
        try (FileChannel file = FileChannel.open(Support.file(name), StandardOpenOption.WRITE)) {
            file.truncate(file.size() - 4096);
        }
        assertTrue(region.info().gone());
    }

    @Test
    void theListOfTheClassIsThatOfTheRegistry() {
        assertEquals(Set.of(name), Set.copyOf(SharedRegion.list().stream()
                .map(RegionInfo::name).filter(name::equals).toList()));
        List<RegionInfo> all = Registry.list();
        assertEquals(all.stream().map(RegionInfo::name).sorted().toList(),
                all.stream().map(RegionInfo::name).toList());
    }

    @Test
    void theVersionIsThatOfTheTable() {
        assertEquals(Native.RELEASE, Version.text());
        assertEquals(Native.ZINC_VERSION_MAJOR << 16 | Native.ZINC_VERSION_MINOR << 8
                | Native.ZINC_VERSION_PATCH, Version.number());
        assertEquals(Native.LAYOUT, Version.layout());
    }

    @Test
    void itsTextNamesTheRegion() {
        assertEquals("SharedRegion[" + name + "]", region.toString());
        region.close();
        assertEquals("SharedRegion[" + name + ", closed]", region.toString());
    }
}
