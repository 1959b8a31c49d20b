#!/usr/bin/env python3
"""Build the shipped fleet from a v2 locations answer.

Usage: build_fleet.py LOCATIONS_JSON FLEET_JSON

Every GPU model at a location becomes one hostnode. README.md beside this file tells
which figures are real and which are made up; what is made up is drawn from the digest
of the hostnode's id, so that the same input gives the same bytes.
"""

import hashlib
import json
import sys
import uuid

ENGINE = "Narwhal"


def draw(key, low, high):
    """A whole number from low to high that depends on nothing but key."""
    digest = hashlib.sha256(key.encode()).digest()
    return low + int.from_bytes(digest[:8], "big") % (high - low + 1)


def host_id(location_id, label):
    return str(uuid.uuid5(uuid.UUID(location_id), label))


def uptime(key, tier):
    """Data centres (tier 3 and 4) between 99.5 and 99.99, homes from 95."""
    low = 9950 if tier >= 3 else 9500
    return draw(key + "/uptime", low, 9999) / 100


def ports(key, count):
    """Free external ports from 20000 up, with gaps."""
    found, port = [], 20000
    while len(found) < count:
        port += draw(f"{key}/gap/{len(found)}", 1, 4)
        found.append(port)
    return found


def hostnode(place, gpu, label):
    key = host_id(place["id"], label)
    limits, free = gpu["resources"], gpu["max_count"]
    ram = limits["max_ram_gb"]
    speed = 10 if place["tier"] >= 3 else draw(key + "/speed", 1, 5)
    return {
        "id": key,
        "location_id": place["id"],
        "engine": ENGINE,
        "uptime_percentage": uptime(key, place["tier"]),
        "available_resources": {
            "gpus": [{
                "v0Name": gpu["v0Name"],
                "availableCount": free,
                "price_per_hr": gpu["price_per_hr"],
            }],
            # A limit of 0 states nothing; such a machine still has cores to sell.
            "vcpu_count": limits["max_vcpus"] or 8 * free,
            # More than 8 TB in one machine is a slip of the unit: megabytes.
            "ram_gb": ram if ram <= 8192 else ram // 1024,
            "storage_gb": limits["max_storage_gb"],
            **({"max_vcpus_per_gpu": gpu["per_gpu"][0], "max_ram_per_gpu": gpu["per_gpu"][1]}
               if "per_gpu" in gpu else {}),
            "max_vcpus": limits["max_vcpus"],
            "max_ram_gb": ram,
            "max_storage_gb": limits["max_storage_gb"],
            "available_ports": ports(key, draw(key + "/ports", 12, 40)),
            "has_public_ip_available": gpu["network_features"]["dedicated_ip_available"],
        },
        "pricing": gpu["pricing"],
        "location": {
            "uuid": place["id"],
            "city": place["city"],
            "stateprovince": place["stateprovince"],
            "country": place["country"],
            "has_network_storage": place["tier"] >= 4,
            "network_speed_gbps": speed,
            "network_speed_upload_gbps": speed,
            "organization": str(uuid.uuid5(uuid.UUID(place["id"]), "organization")),
            "organizationName": f"Host of {place['city']}",
            "tier": place["tier"],
        },
    }


def h100(free, price, pricing):
    return {
        "v0Name": "h100-sxm5-80gb",
        "max_count": free,
        "price_per_hr": price,
        "per_gpu": (24, 220),
        "resources": {"max_vcpus": 192, "max_ram_gb": 1760, "max_storage_gb": 24000},
        "pricing": pricing,
        "network_features": {"dedicated_ip_available": True},
    }


def documented():
    """The H100 hostnode of the provider's documentation, a dearer one and a sold-out one."""
    place = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_DNS, "documented.h100.example")),
        "city": "Austin", "stateprovince": "Texas", "country": "United States", "tier": 3,
    }
    cheap = {"per_vcpu_hr": 0.0015, "per_gb_ram_hr": 0.0007, "per_gb_storage_hr": 0.00005}
    usual = {"per_vcpu_hr": 0.003, "per_gb_ram_hr": 0.002, "per_gb_storage_hr": 0.00005}
    yield hostnode(place, h100(8, 2.2, cheap), "h100/documented")
    yield hostnode(place, h100(8, 2.25, usual), "h100/dearer")
    yield hostnode(place, h100(0, 1.95, usual), "h100/sold-out")


def main(source, target):
    with open(source, encoding="utf-8") as file:
        places = json.load(file)["data"]["locations"]
    hosts = [hostnode(p, g, g["v0Name"]) for p in places for g in p["gpus"]]
    hosts.extend(documented())
    lines = (json.dumps(h, ensure_ascii=False, separators=(",", ":")) for h in hosts)
    with open(target, "w", encoding="utf-8") as file:
        file.write('{"schema":"gpu-place/snapshot/1","provider":"tensordock",'
                   '"taken_at":"2026-03-23T07:02:37Z",'
                   '"source":"OpenComputePrices, TensorDock locations of 2026-03-23; partly made up",'
                   '"hostnodes":[\n')
        file.write(",\n".join(lines))
        file.write("\n]}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
