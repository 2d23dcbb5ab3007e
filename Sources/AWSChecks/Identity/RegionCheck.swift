import CheckKit
import RunModel

/// AWS-STS-02: the region asked is the region the environment means.
struct RegionCheck: Check, SnapshotCheck {
    let items: [AWSItem] = []
    let passingNote = "the configured region and the environment agree"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-STS-02", "The configured region and the environment's region agree",
            intent:
                "Everything is in us-east-1, and old scripts looked into us-west-2 and found nothing.",
            category: .credentials, phase: .setup, severity: .medium, dependsOn: [],
            risk: "An empty region looks like a lost deployment.",
            remediation: Remediation(
                summary: "Set AWS_REGION to the region of the configuration.", command: "export AWS_REGION=REGION"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let region = expectations.settings.region
        analysis.look(at: "aws.region") { $0.facts[.awsRegion] = region }
        for (name, value) in expectations.regionVariables.sorted(by: { $0.key < $1.key }) where value != region {
            analysis.found(
                .setting(.vantage, name, .differs), name, "\(name) is \(value), the deployment is in \(region)",
                expected: region, got: value)
        }
        return analysis
    }
}
