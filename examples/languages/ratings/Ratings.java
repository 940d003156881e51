import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Answers GET /?text=... with a rating of the text: the fewer words, the more stars. There is no tracing code here: the annotation
 * in kubernetes.yaml brings it in from outside.
 */
public final class Ratings {
    private static final Pattern COUNT = Pattern.compile("\"words\": *(\\d+)");

    private final HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private final String wordsUrl = setting("WORDS_URL", "http://words:8080/");

    public static void main(String[] args) throws IOException {
        int port = Integer.parseInt(setting("PORT", "8080"));
        HttpServer server = HttpServer.create(new InetSocketAddress(port), 0);
        server.setExecutor(Executors.newFixedThreadPool(8));
        server.createContext("/", new Ratings()::answer);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> server.stop(1)));
        server.start();
        System.out.println("ratings listens on port " + port);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            try {
                int words = count(textOf(exchange.getRequestURI()));
                send(exchange, 200, "{\"stars\": " + Math.max(1, 5 - words / 5) + ", \"words\": " + words + "}");
            } catch (IOException | InterruptedException problem) {
                System.err.println("no count: " + problem);
                send(exchange, 502, "{\"error\": \"no count of words\"}");
            }
        }
    }

    private int count(String text) throws IOException, InterruptedException {
        URI uri = URI.create(wordsUrl + "?text=" + URLEncoder.encode(text, StandardCharsets.UTF_8));
        HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(4)).build();
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        Matcher matcher = COUNT.matcher(response.body());
        if (response.statusCode() != 200 || !matcher.find()) {
            throw new IOException(wordsUrl + " answered " + response.statusCode());
        }
        return Integer.parseInt(matcher.group(1));
    }

    private static String textOf(URI uri) {
        for (String pair : Optional.ofNullable(uri.getQuery()).orElse("").split("&")) {
            if (pair.startsWith("text=")) return pair.substring(5);
        }
        return "";
    }

    private static void send(HttpExchange exchange, int status, String json) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }

    private static String setting(String name, String fallback) {
        return Optional.ofNullable(System.getenv(name)).filter(value -> !value.isEmpty()).orElse(fallback);
    }
}
