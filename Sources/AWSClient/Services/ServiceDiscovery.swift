/// AWS Cloud Map.
public enum ServiceDiscovery {
    public struct Namespace: Codable, Hashable, Sendable {
        public var id: String
        public var name: String
        public var type: String?
    }

    public struct Service: Codable, Hashable, Sendable {
        public var id: String
        public var arn: String?
        public var name: String
    }

    public struct Instance: Codable, Hashable, Sendable {
        public var id: String
        public var attributes: [String: String]
    }

    public struct Namespaces: Codable, Sendable { public var namespaces: [Namespace] }
    public struct Services: Codable, Sendable { public var services: [Service] }
    public struct Instances: Codable, Sendable { public var instances: [Instance] }

    public static func listNamespaces() -> AWSOperation<Namespaces> {
        .init(.serviceDiscovery, "ListNamespaces", pages: .nextToken)
    }

    public static func listServices(namespace id: String) -> AWSOperation<Services> {
        .init(
            .serviceDiscovery, "ListServices",
            ["Filters": .list([.structure(["Name": "NAMESPACE_ID", "Values": .strings([id]), "Condition": "EQ"])])],
            pages: .nextToken)
    }

    public static func listInstances(service id: String) -> AWSOperation<Instances> {
        .init(.serviceDiscovery, "ListInstances", ["ServiceId": .string(id)], pages: .nextToken)
    }
}
