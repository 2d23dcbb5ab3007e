import CheckKit
import Formats
import Foundation
import HTTPClient
import MLflowClient
import RunModel
import Settings

/// Registering a model over the API's own interface, `POST /models/register` (contract §2.7): what it wants, form by form, and
/// one real registration where the configuration allows it.
struct APIRegistration: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] { [RegistrationSchema(), RegistrationCall()] }

    static let path = "/models/register"
    /// Fields without which nothing is registered.
    static let fields = ["model_data", "model_name", "model_type"]

    static func request(
        _ body: [UInt8], type: String = "application/json", _ context: CheckContext
    ) throws -> HTTPRequest {
        HTTPRequest(
            method: "POST", url: try context.url(of: .api, path: path),
            headers: [CheckContext.bearer(try context.key(.api)), HTTPHeader("Content-Type", type)], body: body,
            deadline: .seconds(45))
    }
}

private struct RegistrationSchema {
    /// A form that clients send, which this deployment must refuse because of at least one field.
    private struct Form: Sendable {
        var name: String
        var type = "application/json"
        var body: String
        /// The fields that the refusal must name.
        var named: Set<String>
    }

    /// No form may register anything: each has a type of model that does not exist, or lacks a field.
    private static let noType = "plumbline-no-such-type"
    private static let forms = [
        Form(name: "an empty object", body: "{}", named: ["model_data", "model_name", "model_type"]),
        Form(
            name: "an unknown type of model",
            body: #"{"model_name":"plumbline-schema","model_type":"\#(noType)","model_data":{}}"#,
            named: ["model_type"]),
        Form(
            name: "model_data left out", body: #"{"model_name":"plumbline-schema","model_type":"\#(noType)"}"#,
            named: ["model_data"]),
        Form(
            name: "fields of a form",
            type: "application/x-www-form-urlencoded",
            body: "model_name=plumbline-schema&model_type=\(noType)", named: []),
        Form(name: "a list", body: "[]", named: []),
    ]
    /// Whether text is taken for model_data is a finding, not a mistake: builds differ.
    private static let text = Form(
        name: "model_data as text",
        body: #"{"model_name":"plumbline-schema","model_type":"\#(noType)","model_data":"gASVAAAA"}"#, named: [])
}

extension RegistrationSchema: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "RG-20", title: "`POST /models/register` refuses by name what it cannot take",
            intent:
                "Clients send `model_data` as an object, as text or as a form; only one of them is taken, and no document says which.",
            procedure:
                "Send the forms that clients use, each with a type of model that does not exist so that nothing is registered: 422 that names the field. The evidence tells what is really wanted.",
            category: .registration, phase: .validation, severity: .medium,
            needs: [.reach(.api), .key(.api), .writes], dependsOn: ["AU-01"], deadline: .seconds(120),
            risk: "A client with the wrong form gets an error that it cannot understand, or a model that is not there.",
            remediation: Remediation(
                summary: "Send `model_name`, `model_type` of the known ones, and `model_data` as a JSON object."))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        var problems: [String] = []
        var told: [String] = []
        for form in Self.forms + [Self.text] {
            let response = try await context.ask(
                try APIRegistration.request(Array(form.body.utf8), type: form.type, context))
            if response.status == 404 || response.status == 405 {
                return .skipped("this API has no \(APIRegistration.path): \(response.status)")
            }
            if [401, 402, 403, 429].contains(response.status) || response.status >= 500 && response.status != 500 {
                return .inconclusive(
                    context.symptom(of: response, method: "POST"),
                    "the call does not come as far as the fields: \(EndpointCheck.shown(response))")
            }
            let named = Self.named(in: response)
            told.append("\(form.name): \(response.status) \(named.sorted().joined(separator: ", "))")
            if response.status != 422 {
                problems.append("\(form.name) is answered \(response.status)")
            } else if !named.isSuperset(of: form.named) {
                problems.append(
                    "\(form.name): the refusal names \(named.isEmpty ? "no field" : named.sorted().joined(separator: ", ")) instead of \(form.named.sorted().joined(separator: ", "))"
                )
            }
            if form.name == Self.text.name {
                told.append(
                    named.contains("model_data") ? "model_data must be an object" : "text is taken for model_data too")
            }
        }
        context.recorder.attach(
            Evidence("what POST \(APIRegistration.path) wants", text: told.joined(separator: "\n") + "\n"))
        guard problems.isEmpty else {
            return .failed(
                .deviation(.api, .refusal, [APIRegistration.path]), "a wrong form is not refused by its field",
                expected: "422 that names the field", got: problems.joined(separator: "; "))
        }
        return .passed("\(told.count - 1) forms refused with 422; \(told[told.count - 1])")
    }

    /// The last step of each place in a 422 (contract §2.9).
    private static func named(in response: HTTPResponse) -> Set<String> {
        let items = (try? response.json(JSONValue.self))?["detail"]?.array ?? []
        return Set(items.compactMap { $0["loc"]?.array?.last?.string }).intersection(APIRegistration.fields)
    }
}

private struct RegistrationCall {}

extension RegistrationCall: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "RG-21", title: "A model can be registered over the API's own interface",
            intent: "The one call that clients without MLflow make; it also sends the event that others wait for.",
            procedure:
                "POST `\(APIRegistration.path)` with a name of this run; read model and version back from MLflow; take the model, the version and their run away. Sends a webhook and may be billed, so only with `thresholds: { RG-21.allow_webhooks: 1 }`.",
            category: .registration, phase: .validation, severity: .high,
            needs: [.reach(.api), .reach(.mlflow), .key(.api), .writes], dependsOn: ["RG-01", "RG-20"],
            deadline: .seconds(120), risk: "Clients cannot register models.",
            remediation: Remediation(
                summary: "500 ‘Failed to register model’: look at MLflow; 422: the fields; 502: the queue.",
                command: "aws logs tail \"/ecs/$API_SERVICE\" --since 10m"))
    }

    func omission(under configuration: Configuration) -> String? {
        configuration.thresholds["RG-21.allow_webhooks"] == 1
            ? nil
            : "it registers a model for real, which sends a webhook and may be billed; allow it with `thresholds: { RG-21.allow_webhooks: 1 }`"
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let undo = MLflowUndo(context: context, deleteRoute: try await MLflowUndo.deleteRoute(context))
        let name = "plumbline-model-\(context.runID.rawValue)-api-\(String(UInt32.random(in: 0...0xFFFF), radix: 16))"
        let record = try await undo.willCreateModel(name)
        do {
            let outcome = try await register(name, context)
            await undo.take(back: [record])
            return outcome
        } catch {
            await undo.take(back: [record])
            throw error
        }
    }

    private func register(_ name: String, _ context: CheckContext) async throws -> Outcome {
        let body: JSONValue = [
            "model_name": .string(name), "model_type": "regression", "model_data": ["weights": [0.5, -1.25]],
            "metadata": ["purpose": "made by plumbline, safe to delete"],
        ]
        let response = try await context.ask(try APIRegistration.request(Array(try JSON.data(body)), context))
        guard response.status == 201 || response.status == 200 else {
            return .failed(
                context.symptom(of: response, method: "POST"), "the registration is not taken", expected: "201",
                got: EndpointCheck.shown(response))
        }
        let answer = try? response.json(JSONValue.self)
        guard let version = answer?["version"]?.text, answer?["model_name"]?.string == name else {
            return .failed(
                .deviation(.api, .shape, ["model_name", "version"]), "the response does not name what was registered",
                expected: "model_name, version", got: EndpointCheck.shown(response))
        }
        let client = try context.mlflow()
        let read = try await context.mlflowCalls("read the registered version") { () async throws(MLflowError) in
            try await client.version(version, of: name)
        }
        // The run was made by the API, so that it is known only now.
        if let run = read.run_id {
            try await context.mlflowCalls("delete the run of the registration") { () async throws(MLflowError) in
                try await client.deleteRun(run)
            }
        }
        return .passed("registered and read back: version \(version) of \(name), run \(read.run_id ?? "not reported")")
    }
}
