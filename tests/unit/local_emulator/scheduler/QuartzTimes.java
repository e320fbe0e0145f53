// Prints the next times of cron expressions by Quartz, in seconds since 1970: one line for each line of standard input.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Date;
import java.util.StringJoiner;
import java.util.TimeZone;
import org.quartz.CronExpression;

public class QuartzTimes {
    public static void main(String[] arguments) throws Exception {
        long since = Long.parseLong(arguments[0]) * 1000;
        int count = Integer.parseInt(arguments[1]);
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            CronExpression expression = new CronExpression("0 " + line);
            expression.setTimeZone(TimeZone.getTimeZone("UTC"));
            StringJoiner times = new StringJoiner(" ");
            Date at = new Date(since - 1000);
            for (int number = 0; number < count; number++) {
                at = expression.getNextValidTimeAfter(at);
                if (at == null) break;
                times.add(Long.toString(at.getTime() / 1000));
            }
            System.out.println(times);
        }
    }
}
