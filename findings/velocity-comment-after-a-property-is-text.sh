#!/usr/bin/env bash
# Velocity 1.7: `##` directly after a property is text, not a comment.
#
# The user guide says that a single-line comment begins with ## and ends at the end of the line. After $name, after
# ${map.key} and after a method that holds. Directly after $map.key it does not: the two signs and the comment are
# printed. One blank between them makes it a comment again.
#
# Seen with Debian 12's velocity 1.7-6 on Java 17: `7`, `1`, `1 `, and `1## hidden` with its line break.
# Ends with 0 while it is so, with 1 when it has changed, with 2 where it cannot run.
set -euo pipefail
command -v java >/dev/null && command -v apt-get >/dev/null || { echo "needs java, apt-get and dpkg-deb"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download velocity=1.7-6 libcommons-collections3-java libcommons-lang-java >/dev/null 2>&1 || {
    echo "velocity 1.7-6 cannot be downloaded here"
    exit 2
}
for package in *.deb; do dpkg-deb --extract "$package" tree; done
jars=tree/usr/share/java

cat > Comments.java <<'JAVA'
import java.io.StringWriter;
import java.util.Map;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.VelocityEngine;

public class Comments {
    public static void main(String[] templates) {
        VelocityEngine engine = new VelocityEngine();
        engine.setProperty("runtime.log.logsystem.class", "org.apache.velocity.runtime.log.NullLogChute");
        engine.init();
        for (String template : templates) {
            VelocityContext context = new VelocityContext();
            context.put("number", 7);
            context.put("map", Map.of("key", 1));
            StringWriter out = new StringWriter();
            engine.evaluate(context, out, "template", template);
            System.out.println(out.toString().replace("\n", "|"));
        }
    }
}
JAVA

classes=$(printf '%s:' "$jars"/velocity-1.7.jar "$jars"/commons-collections3*.jar "$jars"/commons-lang*.jar)
printed=$(java -cp "$classes" Comments.java $'$number## hidden\n' $'${map.key}## hidden\n' $'$map.key ## hidden\n' $'$map.key## hidden\n')
echo "velocity 1.7-6, $(java -version 2>&1 | head -n 1)"
echo "$printed"
[ "$printed" = $'7\n1\n1 \n1## hidden|' ]
