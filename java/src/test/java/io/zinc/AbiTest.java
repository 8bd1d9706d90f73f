// SPDX-License-Identifier: MIT
package io.zinc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The tables here against the one declaration, and against the library that was loaded. */
class AbiTest {
    private static Map<String, Object> abi;

    @BeforeAll
    static void read() throws Exception {
        Library.require();
        abi = Json.object(Json.parse(Files.readString(Path.of(System.getProperty("zinc.abi")))));
    }

    private static List<Map<String, Object>> rows(String key) {
        return Json.list(abi.get(key)).stream().map(Json::object).toList();
    }

    private static Object constant(Class<?> where, String name) throws Exception {
        Field field = where.getDeclaredField(name);
        assertTrue(Modifier.isStatic(field.getModifiers()), name);
        return field.get(null);
    }

    @Test
    void theNumbersAreThoseOfTheDeclaration() throws Exception {
        assertEquals(abi.get("release"), Native.RELEASE);
        assertEquals(Native.RELEASE, System.getProperty("zinc.version"), "pom.xml says another");
        assertEquals(abi.get("abi"), (long) Native.ABI);
        assertEquals(abi.get("layout"), (long) Native.LAYOUT);
        int checked = 0;
        for (Map<String, Object> one : rows("enums")) {
            for (Object value : Json.list(one.get("values"))) {
                Map<String, Object> row = Json.object(value);
                int here = (int) constant(Native.class, (String) row.get("name"));
                assertEquals(row.get("value"), (long) here, row.toString());
                checked++;
            }
        }
        for (Map<String, Object> row : rows("constants")) {
            Object here = constant(Native.class, (String) row.get("name"));
            assertEquals(row.get("value"), here instanceof Integer i ? (long) i : here);
            checked++;
        }
        assertTrue(checked > 60, checked + " constants");
    }

    @Test
    void structsAreThoseOfTheDeclaration() throws Exception {
        Map<String, Class<?>> classes = new HashMap<>();
        for (Class<?> one : Native.class.getDeclaredClasses()) {
            classes.put(one.getSimpleName(), one);
        }
        for (Map<String, Object> row : rows("structs")) {
            Class<?> here = classes.get(row.get("name"));
            assertEquals(row.get("size"), (long) (int) constant(here, "SIZE"), here.getName());
            Set<String> fields = new HashSet<>(Set.of("SIZE"));
            for (Object field : Json.list(row.get("fields"))) {
                Map<String, Object> said = Json.object(field);
                String name = (String) said.get("name");
                assertEquals(said.get("offset"), (long) (int) constant(here, name), name);
                fields.add(name);
                if (Json.object(said.get("type")).get("kind").equals("array")) {
                    assertEquals(said.get("size"), (long) (int) constant(here, name + "_length"));
                    fields.add(name + "_length");
                }
            }
            assertEquals(fields, Set.copyOf(Arrays.stream(here.getDeclaredFields())
                    .map(Field::getName).toList()), "no field but the declared ones");
        }
    }

    /** What JNA passes for a type of the declaration. */
    private static String passed(Map<String, Object> type, boolean in) {
        String kind = (String) type.get("kind");
        return switch (kind) {
            case "void" -> "void";
            case "callback" -> (String) type.get("name");
            case "int" -> Map.of("char", "byte", "uint8_t", "byte", "int32_t", "int", "uint32_t",
                    "int", "int64_t", "long", "uint64_t", "long", "size_t", "long")
                    .get(type.get("name"));
            default -> in && kind.equals("pointer") && type.get("const").equals(true)
                    && "char".equals(Json.object(type.get("to")).get("name"))
                    ? "byte[]" : "long";
        };
    }

    @Test
    void functionsAreThoseOfTheDeclaration() {
        Map<String, Method> here = new HashMap<>();
        for (Method method : Native.class.getDeclaredMethods()) {
            if (Modifier.isNative(method.getModifiers())) {
                here.put(method.getName(), method);
            }
        }
        Set<String> declared = new TreeSet<>();
        for (Map<String, Object> row : rows("functions")) {
            String name = (String) row.get("name");
            declared.add(name);
            Method method = here.get(name);
            assertEquals(passed(Json.object(row.get("returns")), false),
                    method.getReturnType().getSimpleName(), name);
            List<String> parameters = new ArrayList<>();
            for (Object parameter : Json.list(row.get("parameters"))) {
                parameters.add(passed(Json.object(Json.object(parameter).get("type")), true));
            }
            assertEquals(parameters, Arrays.stream(method.getParameterTypes())
                    .map(Class::getSimpleName).toList(), name);
        }
        assertEquals(declared, new TreeSet<>(here.keySet()));
    }

    @Test
    void theLoadedLibraryHasEveryFunction() {
        NativeLibrary library = NativeLibrary.getInstance(Library.path());
        for (Map<String, Object> row : rows("functions")) {
            assertTrue(Pointer.nativeValue(library.getFunction((String) row.get("name"))) != 0);
        }
        assertEquals(abi.get("layout"), (long) Native.zinc_layout());
    }

    /** The library itself judges sizes, which it is told in each struct's first field. */
    @Test
    void theLoadedLibraryHasTheSameSizes() {
        String name = Support.name();
        try (SharedRegion region = SharedRegion.create(name, 10);
                Memory memory = new Memory(4096)) {
            long address = Pointer.nativeValue(memory);
            byte[] text = Names.bytes(region.name(), "name");
            // It writes its own size of the struct, however much room there is said to be.
            fill(memory, 4096);
            assertEquals(0, Native.zinc_region_lookup(text, address, 0));
            assertEquals(Native.LAYOUT, memory.getInt(Native.zinc_info.layout));
            assertEquals(Native.zinc_info.SIZE, written(memory));
            fill(memory, 4096);
            assertEquals(0, Native.zinc_doctor(address));
            assertEquals(Native.zinc_doctor_facts.SIZE, written(memory));
            memory.clear();
            memory.setInt(0, Native.zinc_participant.SIZE);
            assertEquals(0, Native.zinc_region_participants(text, address, 1, address + 2048, 0));
            assertEquals(1, memory.getLong(2048));
            assertEquals(1, memory.getInt(Native.zinc_participant.alive));
        }
    }

    private static void fill(Memory memory, int size) {
        memory.setMemory(0, memory.size(), (byte) 0xa5);
        memory.setInt(0, size);
    }

    /** How far the bytes are others than fill() wrote. */
    private static long written(Memory memory) {
        long end = memory.size();
        while (memory.getByte(end - 1) == (byte) 0xa5) {
            end--;
        }
        return end;
    }

    @Test
    void errorsAreThoseOfTheDeclaration() {
        Map<String, ErrorTable.Row> here = new HashMap<>();
        ErrorTable.ROWS.forEach(row -> here.put(row.name(), row));
        int errors = 0;
        for (Map<String, Object> row : rows("errors")) {
            if ((long) row.get("status") >= 0) {
                continue;
            }
            errors++;
            ErrorTable.Row mine = here.get(row.get("name"));
            assertEquals(row.get("status"), (long) mine.status());
            assertEquals(((String) row.get("kind")).toUpperCase(java.util.Locale.ROOT),
                    mine.kind().name());
            assertEquals(row.get("text"), mine.text());
            assertEquals(row.get("cause"), mine.cause());
            assertEquals(row.get("remedy"), mine.remedy());
        }
        assertEquals(errors, here.size());
    }
}
