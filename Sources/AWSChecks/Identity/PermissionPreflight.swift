import AWSClient
import RunModel

/// Which checks will be inconclusive for want of which action: what `plumbline plan` prints before anything runs.
public enum PermissionPreflight {
    public struct Gap: Hashable, Sendable, Codable {
        public var check: CheckID
        public var missingActions: [String]
    }

    /// The gaps of the checks, from a snapshot that holds at least `permissions`.
    ///
    /// Where the identity may not be simulated, the calls themselves are the probe: then the snapshot must hold the items of the
    /// checks, and the calls that were refused in it tell.
    public static func gaps(of descriptors: [CheckDescriptor], in snapshot: AWSSnapshot) -> [Gap] {
        let denied: Set<String>
        if case .value(let permissions)? = snapshot.permissions {
            denied = Set(permissions.filter { !$0.value }.keys)
        } else {
            denied = snapshot.deniedActions
        }
        return descriptors.compactMap { descriptor in
            let missing = descriptor.awsActions.filter(denied.contains)
            return missing.isEmpty ? nil : Gap(check: descriptor.id, missingActions: missing)
        }
    }

    /// The items to collect for `gaps(of:in:)` when the permissions themselves cannot be read: all that only reads.
    public static let probes: [AWSItem] = AWSItem.allCases.filter {
        // An object is written by one of them, one asks IAM again, and two ask something else than AWS.
        ![.artifactRoundTrip, .permissions, .healthPaths, .declaredChanges].contains($0)
    }
}

extension AWSSnapshot {
    /// The actions that were refused while it was collected.
    public var deniedActions: Set<String> {
        var denied: Set<String> = []
        func note(_ error: AWSError?) {
            if let error, error.kind == .accessDenied, let action = error.missingAction { denied.insert(action) }
        }
        func one<Value>(_ collected: Collected<Value>?) { note(collected?.error) }
        func many<Value>(_ collected: [String: Collected<Value>]) { collected.values.forEach { note($0.error) } }
        one(identity)
        one(permissions)
        one(clusters)
        one(services)
        many(tasks)
        many(taskDefinitions)
        many(images)
        one(loadBalancers)
        many(loadBalancerAttributes)
        many(listeners)
        many(rules)
        one(targetGroups)
        many(targetHealth)
        many(certificates)
        one(securityGroups)
        one(networkACLs)
        one(routeTables)
        one(subnets)
        one(networkInterfaces)
        one(databases)
        one(replicationGroups)
        one(cacheClusters)
        one(cacheSubnets)
        many(secrets)
        many(secretShapes)
        one(namespaces)
        one(discoveryServices)
        many(discoveryInstances)
        many(buckets)
        many(bucketVersioning)
        many(bucketEncryption)
        many(bucketPublicAccess)
        many(bucketPolicies)
        many(bucketLifecycles)
        many(bucketReplication)
        one(artifactRoundTrip)
        one(metrics)
        one(alarms)
        many(logEvents)
        one(changes)
        return denied
    }
}
