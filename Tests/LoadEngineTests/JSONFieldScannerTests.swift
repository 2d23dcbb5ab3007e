import Testing

@testable import LoadEngine

@Suite struct JSONFieldScannerTests {
    private func value(_ path: String, _ json: String) -> String? {
        var bytes = Array(json.utf8)
        return bytes.withUnsafeMutableBufferPointer { buffer in
            JSONFieldScanner.value(path.split(separator: ".").map(String.init), in: UnsafeBufferPointer(buffer))
        }
    }

    @Test(arguments: [
        ("status", #"{"status":"healthy"}"#, "healthy"),
        ("status", "{ \"a\" : [1, {\"status\":\"no\"}, [[]]] , \"status\" : \"yes\" }", "yes"),
        ("services.mlflow", #"{"status":"x","services":{"redis":"up","mlflow":"healthy"}}"#, "healthy"),
        ("ready", #"{"checks":[],"ready":true,"n":null}"#, "true"),
        ("n", #"{"n": -1.5e3}"#, "-1.5e3"),
        ("s", #"{"a\"b":1,"s":"x\"y"}"#, #"x\"y"#),
        ("e", #"{"x":{},"y":[],"e":""}"#, ""),
    ])
    func `a member is found at its path`(path: String, json: String, expected: String) {
        #expect(value(path, json) == expected)
    }

    @Test(arguments: [
        ("status", ""), ("status", "null"), ("status", "[]"), ("status", "{"), ("status", #"{"status""#),
        ("status", #"{"status":"#), ("status", #"{"status":"open"#), ("status", #"{"status":{"a":1}}"#),
        ("status", #"{"a":}"#), ("status", #"{"a":[1,2"#), ("status", "{\"\\"), ("a.b", #"{"a":1}"#),
        ("status", "<html>"), ("status", #"{"a":]]]],"status":1}"#),
    ])
    func `what is not there, or is broken, is not found`(path: String, json: String) {
        #expect(value(path, json) == nil)
    }

    @Test func `a deep nest is walked, not recursed into`() {
        let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        #expect(value("status", "{\"a\":\(deep),\"status\":1}") == "1")
    }
}
