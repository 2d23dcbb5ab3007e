import HTTPClient
import RunModel
import Testing

@testable import CheckKit
@testable import ValidationChecks

@Suite struct ExpectationTests {
    @Test("An unknown profile has an expectation only where all profiles agree") func unknownProfile() {
        #expect(ByProfile(200).value(for: nil) == 200)
        let differing = ByProfile(a: 401, m: 200, b: 200, fixed: 200)
        #expect(differing.value(for: nil) == nil)
        #expect(differing.value(for: .a) == 401)
        #expect(differing.value(for: .fixed) == 200)
    }

    @Test(
        "Silence of a private host is no verdict, of a public or local one it is",
        arguments: [
            ("api.hokus.ai", true), ("localhost", true), ("api.localhost", true), ("127.0.0.1", true), ("::1", true),
            ("8.8.8.8", true), ("mlflow.hokusai-development.local", false), ("10.0.1.173", false),
            ("172.31.0.1", false),
            ("172.32.0.1", true), ("192.168.1.1", false), ("fd00::1", false),
            ("hokusai.abc.us-east-1.rds.amazonaws.com", false), ("master.hokusai.use1.cache.amazonaws.com", false),
        ])
    func privateHosts(host: String, isAnswerable: Bool) {
        #expect(PrivateHost.isAnswerable(host) == isAnswerable)
    }

    @Test(
        "The host is found in any URL",
        arguments: [
            ("https://api.hokus.ai/health?x=1", "api.hokus.ai"), ("http://[::1]:80/", "::1"),
            ("http://user:secret@host:1234", "host"), ("http://host?x", "host"),
        ])
    func hosts(url: String, host: String) {
        #expect(CheckContext.host(of: url) == host)
    }

    @Test(
        "Who answered is recognised by the answer",
        arguments: [
            (404, "text/plain; charset=utf-8", "Not Found", Responder.balancer),
            (502, "text/html", "<center>nginx</center>", .balancer),
            (404, "text/html; charset=utf-8", "<!doctype html><title>404 Not Found</title>", .unknown),
            (
                404, "text/html; charset=utf-8",
                "<title>404 Not Found</title><p>The requested URL was not found on the server.</p>", .mlflow
            ),
            (200, "text/html", "<title>MLflow</title>", .mlflow),
            (404, "application/json", #"{"detail":"Not Found"}"#, .api),
            (200, "application/json", #"{"status":"ok"}"#, .unknown),
            (200, "application/json", #"{"status":"healthy","service":"hokusai-auth-service"}"#, .auth),
            (200, "application/json", #"{"status":"healthy","services":{"api":"healthy"}}"#, .api),
            (404, "application/json", #"{"error_code":"RESOURCE_NOT_FOUND","message":"x"}"#, .mlflow),
            (404, #"Application/JSON;Charset="UTF-8""#, "\n {\n\t\"\\u0064etail\" :  \"\\u004Eot Found\" }\r\n", .api),
            (200, "text/html", "OK", .unknown), (200, "text/plain", "hello", .unknown),
        ])
    func responders(status: Int, type: String, body: String, responder: Responder) {
        let response = HTTPResponse(status: status, headers: [HTTPHeader("Content-Type", type)], body: Array(body.utf8))
        #expect(Responder.recognised(in: response) == responder)
    }

    @Test("A promise of content is one for the success, and holds in any spelling")
    func content() throws {
        let rule = try #require(ServiceEndpoints.operations.first { $0.id == "SH-16" })
        let refused = HTTPResponse(
            status: 401, headers: [HTTPHeader("content-type", "application/json")], body: Array(#"{"detail":"x"}"#.utf8)
        )
        #expect(EndpointCheck.problem(of: refused, rule) == nil)
        let page = HTTPResponse(status: 200, headers: [HTTPHeader("CONTENT-TYPE", "Text/Plain; version=0.0.4")])
        #expect(EndpointCheck.problem(of: page, rule) == nil)
        let other = HTTPResponse(status: 200, headers: [HTTPHeader("Content-Type", "application/json")])
        #expect(EndpointCheck.problem(of: other, rule)?.status == .failed)
    }

    @Test(
        "Words of a JSON body are found whatever spaces and escapes it was sent with",
        arguments: [
            #"{"detail":"API key required"}"#, "\n\t{ \"detail\" :\n \"\\u0041PI\\u0020key required\" }\r\n",
        ])
    func words(body: String) {
        #expect(HTTPResponse(status: 401, body: Array(body.utf8)).readableText == #"{"detail":"API key required"}"#)
    }

    @Test("Percentiles follow the nearest rank") func percentiles() {
        let values = (1...100).map(Double.init).shuffled()
        #expect(DatabaseLoad.percentile(0.5, of: values) == 50)
        #expect(DatabaseLoad.percentile(0.95, of: values) == 95)
        #expect(DatabaseLoad.percentile(1, of: values) == 100)
        #expect(DatabaseLoad.percentile(0.99, of: [7]) == 7)
        #expect(DatabaseLoad.percentile(0.5, of: []).isNaN)
    }

    @Test("The model that a registration uploads is described by what it is") func model() {
        let files = RegistrationModel.files(run: "abc", madeAt: .init(timeIntervalSince1970: 0))
        #expect(files.map(\.path) == ["MLmodel", "code/plumbline_linear.py", "data/weights.json", "python_env.yaml"])
        #expect(String(decoding: files[0].bytes, as: UTF8.self).contains("run_id: abc"))
    }

    @Test("The steps of a registration keep their state as facts") func registrationFacts() {
        var state = RegistrationState(token: "20260102T030405Z-9f8a7b-1a2b")
        state.experiment = "7"
        state.artifactURI = "mlflow-artifacts:/7/r/artifacts"
        let recorder = Recorder()
        state.leave(in: recorder)
        #expect(RegistrationState(facts: recorder.contents.facts) == state)
        #expect(RegistrationState(facts: [:]) == nil)
        #expect(state.modelStorePath == "7/r/artifacts/model")
        #expect(state.tokenID.count <= 64)
        #expect(state.tokenID.allSatisfy { $0.isASCII && ($0.isUppercase || $0.isNumber || $0 == "-") })
    }
}
