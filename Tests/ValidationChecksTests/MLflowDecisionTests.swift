import HTTPClient
import MLflowClient
import RunModel
import Testing

@testable import CheckKit
@testable import ValidationChecks

/// What the checks of MLflow decide from values alone.
@Suite struct MLflowDecisionTests {
    @Test(
        "An undo takes a run's own folder away, and never more than that",
        arguments: [
            ("1/abc/artifacts/model/MLmodel", "1/abc"), ("mlflow/store/7/abc/x", "mlflow/store/7/abc"),
            ("model/MLmodel", nil), ("", nil), ("1/abcd/artifacts/x", nil), ("1/xabc/abc", "1/xabc/abc"),
        ])
    func folders(path: String, folder: String?) {
        #expect(MLflowUndo.folder(of: "abc", in: path) == folder)
    }

    @Test(
        "The limits are those of the server's version, and of the newest for an unknown one",
        arguments: [
            (MLflowVersion(2, 9, 2), 5000), (MLflowVersion(2, 21, 3), 5000), (MLflowVersion(2, 22, 5), 8000),
            (MLflowVersion(3, 9, 0), 8000), (MLflowVersion(1, 30, 0), 5000), (nil, 8000),
        ] as [(MLflowVersion?, Int)])
    func limits(version: MLflowVersion?, runTag: Int) {
        #expect(MLflowLimits.of(version).runTag == runTag)
    }

    @Test("Supported are 2.9 to 3.x") func supported() {
        #expect(MLflowLimits.supported.contains(MLflowVersion(2, 9, 0)))
        #expect(MLflowLimits.supported.contains(MLflowVersion(3, 99, 9)))
        #expect(!MLflowLimits.supported.contains(MLflowVersion(2, 8, 9)))
        #expect(!MLflowLimits.supported.contains(MLflowVersion(4, 0, 0)))
    }

    @Test("A header that the proxy loses or changes is told; those of the hop and those it adds are not")
    func headers() {
        let direct: HTTPHeaders = [
            HTTPHeader("Content-Type", "text/plain"), HTTPHeader("X-Content-Type-Options", "nosniff"),
            HTTPHeader("Content-Disposition", "attachment"), HTTPHeader("Date", "yesterday"),
            HTTPHeader("Server", "uvicorn"), HTTPHeader("Transfer-Encoding", "chunked"),
        ]
        let proxied: HTTPHeaders = [
            HTTPHeader("content-type", "application/json"), HTTPHeader("x-content-type-options", "nosniff"),
            HTTPHeader("Date", "today"), HTTPHeader("Server", "nginx"), HTTPHeader("X-Request-ID", "7"),
        ]
        #expect(
            ProxiedHeaders.differences(proxied, from: direct) == [
                "content-disposition is lost", "content-type is ‘application/json’",
            ])
        #expect(ProxiedHeaders.differences(direct, from: direct) == [])
    }

    @Test(
        "Who refused a call is read from the answer",
        arguments: [
            (401, MLflowError.Kind.foreign, "API key required", "did not arrive"),
            (401, .foreign, "Invalid API key", "refuses the key"),
            (403, .foreign, "REGISTRY_ADMIN_REQUIRED", "not an administrator"),
            (403, .foreign, "Invalid Host header", "Host header"), (402, .foreign, "", "no balance"),
            (429, .foreign, "", "too many requests"), (502, .foreign, "", "cannot connect to MLflow"),
            (503, .foreign, "ARTIFACTS_DISABLED", "artifact serving is switched off"),
            (504, .foreign, "", "does not answer the proxy in time"),
            (404, .foreign, "<html>", "does not know this path"),
            (400, .refused, "", "MLflow refuses with INVALID"), (200, .unreadable, "", "is not MLflow's"),
            (418, .foreign, "", "status 418"),
        ])
    func causes(status: Int, kind: MLflowError.Kind, message: String, cause: String) {
        let error = MLflowError(
            kind: kind, status: status, errorCode: kind == .refused ? "INVALID" : nil, message: message, call: "GET /x")
        #expect(MLflowDiagnosis.cause(of: error).contains(cause))
    }

    @Test("What registration steps hand on is what the next ones find, and its names carry the run") func state() throws
    {
        let run = RunID(rawValue: "20260102T030405Z-9f8a7b")
        var state = RegistrationState.fresh(run)
        state.experiment = "7"
        state.artifactURI = "mlflow-artifacts:/7/abc/artifacts"
        let recorder = Recorder()
        state.leave(in: recorder)
        #expect(RegistrationState(facts: recorder.contents.facts) == state)
        #expect(RegistrationState(facts: [:]) == nil)
        for name in [state.experimentName, state.modelName] { #expect(name.contains(run.rawValue)) }
        #expect(state.modelStorePath == "7/abc/artifacts/model")
        // Contract §3.5: letters, digits and hyphens, upper case, at most 64.
        #expect(state.tokenID.wholeMatch(of: #/[A-Z0-9][A-Z0-9-]{0,62}[A-Z0-9]/#) != nil)
    }
}
