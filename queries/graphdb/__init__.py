"""The access graph in a graph database: Neo4j over Bolt or files, and an embedded engine, with one library of Cypher queries."""
