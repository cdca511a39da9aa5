"""What the privileges of a group are called on the screens, by their names in the IONOS Cloud API."""

PRIVILEGE_NAMES = {
    "create_data_center": "Create data centers",
    "create_snapshot": "Create snapshots",
    "reserve_ip": "Reserve IP blocks",
    "access_activity_log": "Access the activity log",
    "create_pcc": "Create cross-connects",
    "s3_privilege": "Use object storage (S3)",
    "create_backup_unit": "Create backup units",
    "create_internet_access": "Create internet access",
    "create_k8s_cluster": "Create Kubernetes clusters",
    "create_flow_log": "Create flow logs",
    "access_and_manage_monitoring": "Manage monitoring",
    "access_and_manage_certificates": "Manage certificates",
}
