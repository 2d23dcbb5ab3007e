/// Causes of an MLflow that cannot be reached (contract §11, rows 1–6 and 38), and of a breaker in front of it (§5.4).
extension Rule {
    static let mlflowRules: [Rule] = [
        Rule(
            "mlflow-name-unresolved", patterns: [1, 2],
            when: [
                .noConnection(to: .mlflow, .unresolved), .error(of: .mlflow, .unresolved),
                .says([["mlflow.hokusai.local"]]),
                .answer(
                    of: .mlflow,
                    says: [["could not resolve"], ["name or service not known"], ["nodename nor servname"]]),
            ],
            component: "Service discovery", title: "MLflow's name does not resolve",
            cause: "The name in MLFLOW_SERVER_URL is not the registered one, or the service was created again without "
                + "its discovery registration.",
            fix: "Set MLFLOW_SERVER_URL and MLFLOW_TRACKING_URI to the registered name; if the registry has no "
                + "instance, attach it to the service and create the service again.",
            command: "aws servicediscovery list-instances --service-id \"$MLFLOW_DISCOVERY_SERVICE\"",
            effort: .medium, owner: "platform", changes: [.discovery, .network]),
        Rule(
            "mlflow-certificate", patterns: [5],
            when: [
                .certificate(of: .mlflow, .untrusted, .wrongName, .expired), .error(of: .mlflow, .certificate),
                .says([["certificate_verify_failed"]]),
            ],
            component: "MLflow", title: "The certificate of MLflow is not trusted",
            cause:
                "MLflow serves TLS with a private authority and the API has no bundle of it: mutual TLS is on at one "
                + "side only.",
            fix: "Switch it on at both sides and load the authority's bundle into the API.", effort: .medium,
            owner: "platform", changes: [.certificate, .secret]),
        Rule(
            "mlflow-blocked-by-network", patterns: [4],
            when: [
                .noConnection(to: .mlflow, .timedOut, .silent), .answer(of: .mlflow, status: [504]),
                .error(of: .mlflow, .timedOut), .answer(of: .mlflow, says: [["timed out"], ["connect timeout"]]),
            ],
            component: "Network to MLflow", title: "MLflow's name resolves and its port stays silent",
            cause: "No security-group rule lets the API's tasks reach MLflow on port 5000, or MLflow hangs.",
            fix: "Add the rule from task to task; if it is there, restart MLflow.",
            command: "aws ec2 authorize-security-group-ingress --group-id \"$ECS_SECURITY_GROUP\" --protocol tcp "
                + "--port 5000 --source-group \"$ECS_SECURITY_GROUP\"",
            effort: .small, owner: "network", changes: [.securityGroup, .network]),
        Rule(
            "mlflow-down", patterns: [3],
            when: [
                .noConnection(to: .mlflow, .refused, .unreachable, .reset, .other),
                .answer(of: .mlflow, status: [502]), .error(of: .mlflow, .refused, .connectionLost),
                .says([["failed to connect to mlflow"]]),
                .answer(of: .mlflow, says: [["connection refused"], ["unreachable"], ["connection reset"]]),
            ],
            component: "MLflow", title: "MLflow is not running",
            cause: "The name resolves and nothing answers on the port: the task is stopped, crashes at its start, or "
                + "listens elsewhere.",
            fix: "Start MLflow; read its last log lines and the reason why its task stopped.",
            command: "aws ecs update-service --cluster \"$CLUSTER\" --service \"$MLFLOW_SERVICE\" "
                + "--force-new-deployment",
            effort: .medium, owner: "registry", changes: [.service, .task, .taskDefinition, .image]),
        Rule(
            "breaker-serialization", patterns: [38],
            when: [
                .answer(status: [500], pathContains: ["/health/mlflow"]), .says([["unknown", "serializ"]]),
            ],
            component: "Circuit breaker", title: "The breaker is open and its health answer breaks",
            cause: "While the breaker is open, /health/mlflow answers 500 because its own body cannot be written.",
            fix: "Fix the serialization of the body, so that the state can be read while the breaker is open.",
            effort: .small, owner: "service", changes: [.image, .code]),
        Rule(
            "breaker-back-off-constant", patterns: [], when: [.breaker(.constantBackOff)],
            component: "Circuit breaker", title: "The breaker's back-off does not grow",
            cause: "The factor of the extended wait is 2^(attempts − maximum), and attempts never exceed the maximum: "
                + "the wait stays the recovery timeout forever.",
            fix: "Count attempts beyond the maximum in the breaker, so that each wait is twice the one before.",
            effort: .small, owner: "service", changes: [.image, .code]),
        Rule(
            "mlflow-urls-differ", patterns: [6],
            when: [.deviation(of: .mlflow, .addresses)],
            component: "MLflow settings", title: "Probes and proxy use two different addresses of MLflow",
            cause: "MLFLOW_TRACKING_URI and MLFLOW_SERVER_URL differ, so one side works while the other fails.",
            fix: "Set both to one address.", effort: .small, owner: "platform"),
    ]
}
