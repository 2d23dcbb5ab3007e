/// The words that the journal and the other machine formats are made of: names of fields, values of enumerations, names of files.
///
/// A password that is one of them, such as `mlflow`, stands in every file. Masked there, nobody could read the file any more, and
/// it would hide nothing.
enum FormatWords {
    /// In lower case; a word that is part of another one is left out.
    private static let words = """
        asked about between balance blocked certificate-expired certificate-expiring certificate-untrusted
        certificate-wrong-name defect failing garbage hung locked misconfigured mode outdated question
        question-answered questions refused rights role slow stopped unresolved unstable
        absence access actor addresses after ailment alarm api_alb_health apidatabase argument artifact-changed
        artifact-store artifactchanged artifactstore aspect auth-administration auth_alb_health auth_alb_root
        authentication awsaccount awsactions awscredentials awsidentity awsregion before being-deleted body
        breaker breakssomething broken bucket build bytes cache calls category cause cautions certificate
        changes chaos check-finished check-started checkfinished checklist checkstarted classname cluster
        command commit components comprehensive condition configuration connection-lost connections consequences
        constant-back-off constant-version container contains content contradiction core-tests coretests counted
        counts crashed criticalfailures curl cut-short database-instance database-password databaseapirevision
        databasemlflowrevision databaseversion days deadline decision defect dependson description descriptor
        detailed-health deviation differs digits discovery-service dns-name documentation documents
        does-not-open doubts dropped duration earlierattempts ecs-service edges effort element elsewhere entries
        environment errorcode event-loop-blocked eventloopblocked eventsread evidence excess exchange excludes
        exhausted exitcode expectations expected expired expires-soon expiry exposed fallback false faults
        fileextension files fingerprint finishedat fixed flaky forecast foreign from function gaps gate
        generator getent hand-off handoff hasfailedsuite header hidden high hokusai-api-development
        hokusai-auth-development hokusai-mlflow-development image impact inconclusive inconsistent index
        infrastructure integration integrity intent interrupted interruption is-configured-by isconclusive
        iscritical isempty isobserved isofeverything isplanned isproduction isservice isstrict journal junit
        kept key-in-answer keyscopes kind labels lastactivity launched leak leftbehind lines listener-rule
        listing live load-balancer loadwindow locks log-errors log-group logs longesttext manifest manner
        measurements medium members memory message method metrics minimumcoverage misrouted missingphases
        mlflow-direct mlflow_experiments_api mlflow_health mlflow_version mlflowdeleteroute mlflowversion model
        muted name-encoding namespace needs network-block networkblock no-connection no-healthy-target
        no-instance no-target noconnection not-collected not-comparable not-found not-issued not-ready
        not-selected nothing-to-look-at notselected null observation obstacle open-to-world openssl openundos
        optionalvariablesmissing options original other outcome outdated overhttp owner parts passed path
        performance permission-denied permissions phase-finished phase-started phasefinished phasestarted place
        plain-text plumbline postgres prefix prerequisite present priority probes procedure processor proxy psql
        quantity queue rate-limit rawvalue read-back reads reasons recommendations redis-cli redisversion
        refusal refused registrationundo registry_alb_health registry_alb_root regression relation remediation
        repaired repeated-query reports reproduction reset resources responder responsetimecomparison rest
        results resumekey resumes reverted review revoked-key rights risk role roll-out rows rule-order
        ruleorder run-finished run-lacks run-resumed run-started runid runlacks runs-on runstarted safety says
        scaled-to-zero schema secrets security-group seen service-health settings setup severity shape shown
        silent size skipped sourceaddress stale startedat starved statefile states status stops-trying storage
        subject subnet suites summary superuser symptom target-group target-identified target-unhealthy
        task-definition task-stopped task-unhealthy team terminated terraform tests-failed threshold timed-out
        timeout timing titles too-few-samples too-few-tasks tool true under-fault undo-incomplete undo-state
        undostate unfinished unknown-profile unreachable unrecorded unresolved untrusted validation vantage
        variant verdict verification warnings what without-password working writes wrong-architecture wrong-name
        arrayvalue attributes boolvalue cicd.pipeline.run.url.full deployment.environment.name
        endtimeunixnano fault felt flags injected intvalue parentspanid resourcespans scopespans
        service.instance.id spanid starttimeunixnano stringvalue test.case.result.status test.suite.name
        traceid undone unrecovered values vcs.ref.head.revision
        """.split(whereSeparator: \.isWhitespace).map { String($0) }

    /// Whether a value is such a word, or a part of one.
    ///
    /// - Parameter value: in lower case.
    static func contains(_ value: String) -> Bool {
        words.contains { $0.contains(value) }
    }
}
