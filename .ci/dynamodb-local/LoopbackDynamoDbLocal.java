import com.amazonaws.services.dynamodbv2.local.server.LocalDynamoDBRequestHandler;
import com.amazonaws.services.dynamodbv2.local.server.LocalDynamoDBServerHandler;
import java.net.InetSocketAddress;
import org.eclipse.jetty.server.NetworkConnector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.ContextHandler;

/**
 * AWS's DynamoDB Local on a free port of the loopback interface: prints "port N" when it answers there.
 *
 * <p>Its own main program listens on every interface, has to be told a port, and sends telemetry unless told not to
 * (-disableTelemetry). This is the same server without the three, set up as by "-inMemory -sharedDb": nothing is
 * written to disk, and all callers share one database whatever their region and credentials. Unlike DynamoDB it never
 * throttles, checks no permissions, and a table is ACTIVE at once (-delayTransientStatuses is off).
 */
class LoopbackDynamoDbLocal {
  public static void main(String[] arguments) throws Exception {
    int anyFreePort = 0;
    int authorityLevel = 0;
    boolean isInMemory = true;
    String path = null;
    boolean isShared = true;
    boolean delaysStatuses = false;
    String corsAllowed = null;
    var requests = new LocalDynamoDBRequestHandler(authorityLevel, isInMemory, path, isShared, delaysStatuses);
    var server = new Server(new InetSocketAddress("127.0.0.1", anyFreePort));
    server.setHandler(new ContextHandler(new LocalDynamoDBServerHandler(requests, corsAllowed), "/"));
    server.start();
    System.out.println("port " + ((NetworkConnector) server.getConnectors()[0]).getLocalPort());
    server.join();
  }
}
