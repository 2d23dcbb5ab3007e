import Testing

@testable import plumbline_sandbox

/// Routing as the original's framework does it.
@Suite struct RegistryAPIRouteTableTests {
    private static let table: RouteTable<String> = {
        var table = RouteTable<String>()
        table.add(["GET"], "/", "root")
        table.add(["GET"], "/health", "health")
        table.add(["POST"], "/health/mlflow/reset", "reset")
        table.add(["GET"], "/models/", "list")
        table.add(["GET"], "/models/{id}/lineage", "lineage")
        table.add(["GET"], "/models/{name}/{version}", "version")
        table.add(["GET", "POST"], "/mlflow/{rest...}", "proxy")
        return table
    }()

    @Test(
        "Each request finds what the original would find",
        arguments: [
            ("GET", "/", "root"), ("GET", "/health", "health"), ("GET", "/health/", "-> /health"),
            ("HEAD", "/health", "405 GET"), ("GET", "/health/mlflow/reset", "405 POST"), ("GET", "/healthzzz", "404"),
            ("GET", "/models", "-> /models/"), ("GET", "/models/a/lineage", "lineage a"),
            ("GET", "/models/a/1", "version a 1"), ("GET", "/models/a/", "404"), ("GET", "/mlflow", "-> /mlflow/"),
            ("GET", "/mlflow/", "proxy "), ("POST", "/mlflow/api/2.0/x", "proxy api/2.0/x"),
            ("PATCH", "/mlflow/x", "405 GET, POST"), ("GET", "", "-> /"), ("GET", "//", "-> /"),
        ])
    func resolves(method: String, path: String, expected: String) {
        let found =
            switch Self.table.resolve(method: method, path: path) {
            case .matched(let name, let parameters, _):
                ([name] + ["id", "name", "version", "rest"].compactMap { parameters[$0] }).joined(separator: " ")
            case .wrongMethod(let allow): "405 " + allow
            case .redirect(let path): "-> " + path
            case .unknown: "404"
            }
        #expect(found == expected)
    }

    @Test("JSON keeps its order, escapes control characters and reads what it wrote")
    func json() {
        let value: JSONValue = ["b": 1, "a": ["x\n\"\u{01}", 2.5, true, nil], "ü": [:]]
        #expect(value.text() == #"{"b":1,"a":["x\n\"\u0001",2.5,true,null],"ü":{}}"#)
        #expect(JSONValue.parse(Array(value.text().utf8))?["a"] == value["a"])
        #expect(JSONValue.parse(Array("{not json".utf8)) == nil)
    }
}
