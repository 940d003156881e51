import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Books each order that is posted to /bookings. There is no tracing code here: the annotation on the pod brings it in from outside. */
public final class Ledger {
    private static final Pattern ID = Pattern.compile("\"id\": *\"(\\w+)\"");

    private final AtomicLong bookings = new AtomicLong();

    public static void main(String[] args) throws IOException {
        int port = Integer.parseInt(Optional.ofNullable(System.getenv("PORT")).orElse("8080"));
        HttpServer server = HttpServer.create(new InetSocketAddress(port), 0);
        server.setExecutor(Executors.newFixedThreadPool(8));
        server.createContext("/bookings", new Ledger()::book);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> server.stop(1)));
        server.start();
        System.out.println("ledger listens on port " + port);
    }

    private void book(HttpExchange exchange) throws IOException {
        try (exchange) {
            Matcher id = ID.matcher(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            if (!id.find()) {
                send(exchange, 400, "{\"error\": \"no id\"}");
                return;
            }
            // The baggage as it came, for whoever wants to see how far it gets.
            String baggage = exchange.getRequestHeaders().getFirst("baggage");
            System.out.println("{\"booking\": \"" + id.group(1) + "\", \"baggage\": \"" + baggage + "\"}");
            send(exchange, 201, "{\"booking\": " + bookings.incrementAndGet() + "}");
        }
    }

    private static void send(HttpExchange exchange, int status, String json) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        // One request a connection: the agent stops at SIGTERM, so a pod that ends must not get any on one that was open before.
        exchange.getResponseHeaders().set("Connection", "close");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }
}
