import CheckKit
import MLflowClient
import RunModel
import Settings

/// The registration of a model, end to end with a live key, each step a check of its own (contract §3.4, §3.5, §7.8).
struct ModelRegistration: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] {
        RegistrationStep.allCases.map(RegistrationCheck.init)
    }
}

/// The steps in their order.
enum RegistrationStep: Int, CaseIterable, Sendable {
    case key = 1, deletion, experiment, run, values, artifact, model, version, tags, alias, readBack, cleanUp

    var id: CheckID { CheckID(rawValue < 10 ? "RG-0\(rawValue)" : "RG-\(rawValue)") }

    var title: String {
        switch self {
        case .key: "The key opens the model registry"
        case .deletion: "There is a way to take a model away again"
        case .experiment: "An experiment can be created"
        case .run: "A run can be started"
        case .values: "Parameters and metrics can be logged"
        case .artifact: "A model's files can be uploaded"
        case .model: "A model can be registered"
        case .version: "A version of the model can be created"
        case .tags: "The version takes the tags of a tokenised registration"
        case .alias: "The version can be promoted by alias and by stage"
        case .readBack: "Everything reads back as it was written"
        case .cleanUp: "Everything can be taken away again"
        }
    }

    var intent: String {
        switch self {
        case .deletion:
            "The API's proxy drops the body of a DELETE; a registration test that cannot clean up leaves a model each time."
        case .tags: "The registry finds tokenised models by these tags alone."
        case .readBack: "A write that answers success and is not there afterwards is the worst kind of failure."
        case .cleanUp: "A test must leave the registry as it found it."
        default: "One step of the nominal flow of the platform."
        }
    }

    var remediation: Remediation {
        switch self {
        case .key:
            Remediation(
                summary: "In profile B the key must belong to an administrator of the registry.",
                command:
                    "curl -sS -X POST \"$AUTH_URL/api/v1/keys/validate\" -H \"Authorization: Bearer $HOKUSAI_API_KEY\" -H 'Content-Type: application/json' -d '{\"service_id\":\"platform\"}'"
            )
        case .deletion:
            Remediation(
                summary: "Let the proxy forward the body of DELETE, or configure `services.mlflow_direct`.",
                terraform:
                    "# listener rule 50: host registry, path /mlflow/* → target group of MLflow, ahead of the API's rules"
            )
        case .artifact:
            Remediation(
                summary:
                    "Start the server with --serve-artifacts and an artifacts destination that its task role may write to.",
                command:
                    "aws iam simulate-principal-policy --policy-source-arn \"$TASK_ROLE_ARN\" --action-names s3:PutObject s3:GetObject s3:DeleteObject --resource-arns \"arn:aws:s3:::$ARTIFACT_BUCKET/*\"",
                terraform: "environment = [{ name = \"MLFLOW_SERVE_ARTIFACTS\", value = \"true\" }]")
        default:
            Remediation(
                summary: "Send the reproduction by hand, then look at MLflow's log at that moment.",
                command: "aws logs tail \"/ecs/$MLFLOW_SERVICE\" --since 10m")
        }
    }
}

/// The check of one step. On failure it takes away what all the steps so far have made.
struct RegistrationCheck {
    let step: RegistrationStep
}

extension RegistrationCheck: Check {
    var descriptor: CheckDescriptor {
        let before = RegistrationStep(rawValue: step.rawValue - 1)?.id
        let isWriting = step.rawValue > RegistrationStep.deletion.rawValue
        return CheckDescriptor(
            id: step.id, title: step.title, intent: step.intent,
            procedure:
                "Through the tracking URI `services.mlflow`, with the key ‘api’; names carry the run's id and every creation is written into the undo log first.",
            category: .registration, phase: .validation, severity: step == .deletion ? .medium : .critical,
            isCritical: step != .deletion && step != .cleanUp,
            needs: [.reach(.mlflow), .key(.api)] + (isWriting ? [.writes] : []), dependsOn: dependencies(before),
            deadline: .seconds(120), risk: "Models cannot be registered.", remediation: step.remediation)
    }

    /// Whether models can be deleted decides nothing about registering them.
    private func dependencies(_ before: CheckID?) -> [CheckID] {
        switch step {
        case .experiment: [RegistrationStep.key.id]
        default: before.map { [$0] } ?? []
        }
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        switch step {
        case .key: return try await checkKey(context)
        case .deletion: return try await findDeletion(context)
        default: break
        }
        var session = try await RegistrationSession(context)
        do {
            try await session.prepare(before: step)
            let outcome = try await session.perform(step)
            // What was made must not wait for a step that will never come.
            if step != .cleanUp, outcome.status != .passed { await session.giveUp() }
            return outcome
        } catch {
            await session.giveUp()
            throw error
        }
    }

    private func checkKey(_ context: CheckContext) async throws -> Outcome {
        let client = try context.mlflow()
        _ = try await context.mlflowCalls("search experiments") { () async throws(MLflowError) in
            try await client.searchExperiments(maximum: 1)
        }
        return .passed("the key may search experiments")
    }

    /// Deletes a model that does not exist: a body that arrives is answered with "no such model", a lost one with "no name".
    private func findDeletion(_ context: CheckContext) async throws -> Outcome {
        var answers: [String] = []
        for route in MLflowRoute.allCases {
            guard route.trackingURI(context.configuration.services) != nil else { continue }
            let client = try context.mlflow(route)
            do throws(MLflowError) {
                try await client.deleteModel("plumbline-no-such-model-\(context.runID)")
            } catch {
                if error.errorCode == "RESOURCE_DOES_NOT_EXIST" {
                    context.recorder.establish(.mlflowDeleteRoute, route.rawValue)
                    let note = answers.isEmpty ? "" : "; not over \(answers.joined(separator: ", nor over "))"
                    return .passed("DELETE keeps its body over \(route.title)\(note)")
                }
                answers.append(
                    "\(route.title) (\(error.status.map(String.init) ?? "no answer") \(error.errorCode ?? ""))")
            }
        }
        return .failed(
            .lost(.body),
            "no way to MLflow keeps the body of a DELETE", expected: "404 RESOURCE_DOES_NOT_EXIST on one way",
            got: answers.joined(separator: "; "))
    }
}
