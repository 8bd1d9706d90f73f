// SPDX-License-Identifier: MIT
package io.zinc;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** As much of JSON as abi.json has. Whole numbers are Long. */
final class Json {
    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    static Object parse(String text) {
        Json json = new Json(text);
        Object value = json.value();
        json.space();
        if (json.at != text.length()) {
            throw json.wrong();
        }
        return value;
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> object(Object value) {
        return (Map<String, Object>) value;
    }

    @SuppressWarnings("unchecked")
    static List<Object> list(Object value) {
        return (List<Object>) value;
    }

    private IllegalArgumentException wrong() {
        return new IllegalArgumentException("wrong JSON at " + at);
    }

    private void space() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private boolean eat(char wanted) {
        space();
        if (at < text.length() && text.charAt(at) == wanted) {
            at++;
            return true;
        }
        return false;
    }

    private void need(char wanted) {
        if (!eat(wanted)) {
            throw wrong();
        }
    }

    private Object value() {
        space();
        if (eat('{')) {
            Map<String, Object> made = new LinkedHashMap<>();
            if (!eat('}')) {
                do {
                    space();
                    String key = string();
                    need(':');
                    made.put(key, value());
                } while (eat(','));
                need('}');
            }
            return made;
        }
        if (eat('[')) {
            List<Object> made = new ArrayList<>();
            if (!eat(']')) {
                do {
                    made.add(value());
                } while (eat(','));
                need(']');
            }
            return made;
        }
        if (text.charAt(at) == '"') {
            return string();
        }
        int begin = at;
        while (at < text.length() && "{}[],: \n\r\t".indexOf(text.charAt(at)) < 0) {
            at++;
        }
        String word = text.substring(begin, at);
        return switch (word) {
            case "true" -> true;
            case "false" -> false;
            case "null" -> null;
            default -> Long.parseLong(word);
        };
    }

    private String string() {
        need('"');
        StringBuilder made = new StringBuilder();
        for (char c = text.charAt(at++); c != '"'; c = text.charAt(at++)) {
            if (c == '\\') {
                c = text.charAt(at++);
                switch (c) {
                    case 'n' -> c = '\n';
                    case 't' -> c = '\t';
                    case 'u' -> {
                        c = (char) Integer.parseInt(text.substring(at, at + 4), 16);
                        at += 4;
                    }
                    default -> { }
                }
            }
            made.append(c);
        }
        return made.toString();
    }
}
