import com.jayway.jsonpath.JsonPath;
import com.jayway.jsonpath.PathNotFoundException;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.StringWriter;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.minidev.json.JSONObject;
import net.minidev.json.JSONStyle;
import net.minidev.json.JSONValue;
import org.apache.commons.lang.StringEscapeUtils;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.event.EventCartridge;
import org.apache.velocity.app.event.InvalidReferenceEventHandler;
import org.apache.velocity.context.Context;
import org.apache.velocity.runtime.RuntimeInstance;
import org.apache.velocity.util.introspection.Info;

/** Velocity 1.7 with the differences that API Gateway shows. Reads one JSON case a line, writes one JSON result a line. */
public class GatewayVelocity {
    /** A missing value is the empty string. */
    public static class EmptyString implements InvalidReferenceEventHandler {
        public Object invalidGetMethod(Context c, String reference, Object target, String property, Info info) {
            return "";
        }

        public Object invalidMethod(Context c, String reference, Object target, String method, Info info) {
            return "";
        }

        public boolean invalidSetMethod(Context c, String left, String right, Info info) {
            return false;
        }
    }

    /** $input. */
    public static class RequestInput {
        private final String text;

        RequestInput(Object body) {
            text = body == null || body.equals("") ? "{}" : (String) body;
        }

        public String getBody() {
            return text;
        }

        public Object path(String path) {
            try {
                return JsonPath.read(text, path);
            } catch (PathNotFoundException missing) {
                return null;
            }
        }

        public String json(String path) {
            Object value;
            try {
                value = JsonPath.read(text, path);
            } catch (PathNotFoundException missing) {
                value = "";
            }
            return JSONValue.toJSONString(value, JSONStyle.LT_COMPRESS);
        }
    }

    /** $util. */
    public static class Utilities {
        public String escapeJavaScript(String text) {
            return StringEscapeUtils.escapeJavaScript(text);
        }

        public Object parseJson(String text) {
            return JsonPath.read(text, "$");
        }

        public String urlEncode(String text) throws Exception {
            return URLEncoder.encode(text, "UTF-8");
        }

        public String urlDecode(String text) throws Exception {
            return URLDecoder.decode(text, "UTF-8");
        }

        public String base64Encode(String text) {
            return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
        }

        public String base64Decode(String text) {
            return new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8);
        }
    }

    /** Returns lists that print as Java's: json-smart's own print as JSON, which $input.path alone does. */
    static Object withJavaLists(Object value) {
        if (value instanceof List<?> items) {
            List<Object> copied = new ArrayList<>();
            items.forEach(item -> copied.add(withJavaLists(item)));
            return copied;
        }
        if (value instanceof Map<?, ?> members) {
            Map<Object, Object> copied = new LinkedHashMap<>();
            members.forEach((name, member) -> copied.put(name, withJavaLists(member)));
            return copied;
        }
        return value;
    }

    static String rendered(RuntimeInstance velocity, Map<String, Object> test) {
        VelocityContext context = new VelocityContext();
        EventCartridge handlers = new EventCartridge();
        handlers.addEventHandler(new EmptyString());
        context.attachEventCartridge(handlers);
        if (test.get("vars") instanceof Map<?, ?> variables) {
            variables.forEach((name, value) -> context.put((String) name, withJavaLists(value)));
        }
        context.put("input", new RequestInput(test.get("body")));
        context.put("util", new Utilities());
        StringWriter out = new StringWriter();
        velocity.evaluate(context, out, "template", (String) test.get("template"));
        return out.toString();
    }

    public static void main(String[] arguments) throws Exception {
        RuntimeInstance velocity = new RuntimeInstance();
        velocity.setProperty("runtime.log.logsystem.class", "org.apache.velocity.runtime.log.NullLogChute");
        velocity.setProperty("velocimacro.permissions.allow.inline", "false");
        velocity.init();
        velocity.removeDirective("evaluate");
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            JSONObject result = new JSONObject();
            try {
                result.put("out", rendered(velocity, JsonPath.read(line, "$")));
            } catch (Exception | StackOverflowError failure) {
                result.put("error", failure.getClass().getSimpleName());
            }
            out.println(result.toJSONString(JSONStyle.LT_COMPRESS));
        }
    }
}
