/// Causes in the registry API itself, and the general ones, which come last (contract §5.6, §11 rows 7, 8, 37, 39–41).
extension Rule {
    static let serviceRules: [Rule] = [
        Rule(
            "health-detail-defect", patterns: [37],
            when: [
                .answer(status: [500], pathContains: ["detailed=true", "/health/status"]),
                .says([["validation errors for HealthCheckResponse"]]),
            ],
            component: "Registry API", title: "The detailed health answers always fail",
            cause: "The response model does not fit the body that the code makes, so the answer is 500 although the "
                + "system is well. Every known profile has this defect.",
            fix: "Fix the response model of /health?detailed=true and /health/status.", effort: .small,
            owner: "service", changes: [.image, .code]),
        Rule(
            "event-loop-blocked", patterns: [8], when: [.any(.eventLoopBlocked)],
            component: "Registry API", title: "Checks of dependencies stall every other request",
            cause: "Probes of MLflow and the database are synchronous code in the service's only event loop: while one "
                + "waits for a dead dependency, nothing else is answered, liveness included.",
            fix: "Run the probes on threads of their own with short time-outs, and let the load balancer ask "
                + "/health/alb, which touches no dependency.",
            effort: .medium, owner: "service", changes: [.image, .code]),
        Rule(
            "version-constant", patterns: [],
            when: [.deviation(.constantVersion)],
            component: "Registry API", title: "Nobody can tell which commit is running",
            cause: "/version answers constants; the build does not hand its commit to the image.",
            fix: "Pass commit and date to the image as build arguments and answer with them.", effort: .small,
            owner: "release", changes: [.image, .code]),
        Rule(
            "cold-start", patterns: [39],
            when: [.says([["model_30_warmed"], ["warming"]])],
            component: "Registry API", title: "The service is still warming up",
            cause: "Readiness waits for the model that is loaded at the start, up to a minute.",
            fix: "Wait a minute and run again, or switch MODEL_30_PREWARM_ENABLED off.", effort: .small,
            owner: "service", isUrgent: false),
        Rule(
            "contributions-bucket", patterns: [40], when: [.says([["persistence_unavailable"]])],
            component: "Registry API", title: "Contributions cannot be stored",
            cause: "HOKUSAI_CONTRIBUTIONS_BUCKET is not set; everything else works.",
            fix: "Set it and deploy again.", effort: .small, owner: "platform"),
        Rule(
            "huggingface-token", patterns: [41], when: [.says([["huggingface token"]])],
            component: "Settings", title: "The running revision lacks the HuggingFace token",
            cause: "Terraform has the setting and was never applied.",
            fix: "Apply it and deploy again.", effort: .small, owner: "platform"),
        Rule(
            "name-unresolved", patterns: [],
            when: [
                .noConnection(.unresolved), .says([["could not resolve"], ["name or service not known"]]),
            ],
            component: "DNS", title: "A configured name does not resolve from here",
            cause: "The name is misspelt, not registered, or known only inside the network that this run looks from "
                + "outside.",
            fix: "Correct the name in the configuration, or run from inside the network.", effort: .small,
            owner: "network", changes: [.dns, .discovery, .network]),
        Rule(
            "certificate-untrusted", patterns: [],
            when: [
                .certificate(.expired, .untrusted, .wrongName), .error(.certificate),
                .says([["certificate", "expired"], ["certificate", "verify"], ["self-signed certificate"]]),
            ],
            component: "TLS", title: "A certificate is expired or not trusted",
            cause: "The server's certificate cannot be verified with the authorities known here.",
            fix: "Renew the certificate, or name the authority's bundle in the configuration.", effort: .small,
            owner: "network", changes: [.certificate, .loadBalancer]),
        Rule(
            "no-healthy-target", patterns: [7],
            when: [
                .answer(status: [502, 503], by: [.balancer]),
                .answer(status: [503], says: [["service temporarily unavailable"]]),
            ],
            component: "Load balancer", title: "The load balancer has no healthy target",
            cause: "The answer comes from the load balancer and not from the service behind it.",
            fix: "Look at the target group's health and at the tasks behind it.", effort: .medium, owner: "network",
            changes: [.targetGroup, .service, .task, .taskDefinition]),
        Rule(
            "protocol-mismatch", patterns: [], when: [.noConnection(.tls, .foreign)],
            component: "Service", title: "What listens there speaks another protocol",
            cause: "The connection is accepted and then fails: one side speaks TLS and the other does not, or another "
                + "service listens on the port.",
            fix: "Compare scheme and port in the configuration with what listens there.",
            command: "openssl s_client -connect HOST:PORT </dev/null", effort: .small, owner: "platform",
            changes: [.certificate, .loadBalancer, .taskDefinition]),
        Rule(
            "service-silent", patterns: [],
            when: [.noConnection(.timedOut, .silent)],
            component: "Service", title: "A configured port stays silent",
            cause: "Packets to the port vanish: a security group or a route does not let this place through, or the "
                + "service hangs.",
            fix: "Admit the place that this run looks from, or run from inside the network.", effort: .small,
            owner: "network", changes: [.securityGroup, .network, .service]),
        Rule(
            "service-refuses", patterns: [], when: [.noConnection(.refused, .unreachable, .reset, .other)],
            component: "Service", title: "Nothing listens on the configured port",
            cause: "The host answers and refuses the connection: the service is stopped, or listens elsewhere.",
            fix: "Start the service, or correct its address in the configuration.", effort: .medium,
            owner: "platform", changes: [.service, .task, .taskDefinition]),
    ]
}
