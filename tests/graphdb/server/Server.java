import java.io.IOException;
import java.nio.file.Path;
import org.neo4j.configuration.Config;
import org.neo4j.configuration.GraphDatabaseSettings;
import org.neo4j.configuration.connectors.BoltConnector;
import org.neo4j.configuration.connectors.ConnectorPortRegister;
import org.neo4j.configuration.helpers.SocketAddress;
import org.neo4j.dbms.api.DatabaseManagementService;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;

/** A Neo4j Community server with Bolt on a loopback port and authentication on. It ends when its standard input does. */
public final class Server {
    public static void main(String[] arguments) throws IOException {
        DatabaseManagementServiceBuilder builder = new DatabaseManagementServiceBuilder(Path.of(arguments[0]));
        builder.loadPropertiesFromFile(Path.of(arguments[1]));
        DatabaseManagementService service = builder.build();
        System.out.println("READY");
        System.out.flush();
        while (System.in.read() >= 0) { }
        service.shutdown();
    }
}
